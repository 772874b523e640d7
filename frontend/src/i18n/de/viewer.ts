import type { Messages } from "../messages";

export const viewer: Messages["viewer"] = {
  decimalMark: ",",

  image: "Bild",
  opening: "Das Bild wird gelesen…",
  invitation: {
    mammogram: "Wählen Sie eine Bilddatei, ziehen Sie eine hierher oder nehmen Sie ein Beispiel.",
    histology: "Wählen Sie eine Bilddatei oder ziehen Sie eine hierher.",
  },
  picture: { mammogram: "Mammogramm", histology: "H&E-Ausschnitt" },
  side: { L: "Links", R: "Rechts" },
  nothingStated: "Seite und Aufnahmerichtung nicht angegeben",
  sideNotStated: (view) => `${view}, Seite nicht angegeben`,
  viewNotStated: (side) => `${side}, Aufnahmerichtung nicht angegeben`,
  pixels: (columns, rows) => `${columns} × ${rows} Pixel`,
  canvas: (view, picture) => (view === "" ? picture : `${picture}, ${view}`),
  inverted: "invertiert",
  stage: (view) => `Betrachter: ${view}`,
  stageKind: "Bildbetrachter",

  tools: "Was Ziehen bewirkt",
  mode: { pan: "Verschieben", window: "Fenster", measure: "Messen" },
  zoom: "Vergrößerung",
  move: "Ausschnitt verschieben",
  act: {
    map: "Die Karte zeigen oder verbergen",
    lessMap: "Die Karte schwächer zeigen",
    moreMap: "Die Karte stärker zeigen",
    contours: "Die Karte als Linien oder als Zellen",
    windowMode: "Ziehen stellt das Fenster ein oder verschiebt wieder",
    measureMode: "Ziehen misst oder verschiebt wieder",
    invert: "Hell und dunkel vertauschen",
    zoomIn: "Vergrößern",
    zoomOut: "Verkleinern",
    fit: "Das ganze Bild einpassen",
    oneToOne: "Eins zu eins",
    reset: "Vergrößerung, Ausschnitt und Fenster zurücksetzen",
    left: "Den Ausschnitt nach links verschieben",
    right: "Den Ausschnitt nach rechts verschieben",
    up: "Den Ausschnitt nach oben verschieben",
    down: "Den Ausschnitt nach unten verschieben",
  },
  fit: "Einpassen",
  reset: "Zurücksetzen",

  state: (zoom, window) => `Vergrößerung ${zoom} %. ${window}.`,
  windowState: (low, high, inverted) =>
    `Fenster ${low} bis ${high} von 65535${inverted ? ", invertiert" : ""}`,
  here: "Am Zeiger",
  inTheMiddle: "In der Mitte",
  offImage: "neben dem Bild",
  place: (x, y) => `Spalte ${x}, Zeile ${y}`,
  gray: (value, share) => `Grauwert ${value} von 65535 (${share})`,
  colour: (red, green, blue) => `Rot ${red}, Grün ${green}, Blau ${blue} von 65535`,
  mapHere: (value, unit) => `Karte ${value} ${unit}`,
  noMapHere: "hier keine Karte",

  window: "Fenster",
  windowCenter: "Fenstermitte",
  windowWidth: "Fensterbreite",
  percentOfRange: (percent) => `${percent} Prozent des Bereichs`,
  grayOf: (what) => `${what} in Grauwerten`,
  invert: "Invertieren",
  fullRange: "Ganzer Bereich",
  fileWindow: "Das Fenster der Datei",
  tight: "Eng um das Gewebe",
  presets: "Fenster setzen",

  measure: "Messen",
  measureHint: {
    pan: "Zum Messen über das Bild ziehen oder hier beide Enden in Pixeln des Bildes angeben.",
    line: "Ein Ende ziehen, um es zu verschieben, oder es hier ändern, in Pixeln des Bildes.",
  },
  placeLine: "Eine Linie in die Mitte legen",
  removeLine: "Die Linie entfernen",
  end: {
    fromX: "Anfang, Spalte",
    fromY: "Anfang, Zeile",
    toX: "Ende, Spalte",
    toY: "Ende, Zeile",
  },
  length: { mm: (value) => `${value} mm`, pixels: (value) => `${value} Pixel` },
  measured: (length) => `Die Linie ist ${length} lang.`,
  byFile: "Nach dem Pixelabstand, den die Datei angibt.",
  noSpacing: "Die Datei gibt keinen Pixelabstand an, daher keine Millimeter.",

  warnings: "Warnungen zum Bild",
  howRead: "Wie die Pixel gelesen wurden",
  format: "Format",
  bits: (format, bits) => `${format}, ${bits} Bit`,
  transferSyntax: (uid) => `Transfersyntax ${uid}`,
  spacing: "Pixelabstand",
  notStated: "nicht angegeben",
  steps: "Schritte",
  none: "keine",
  keys: "Tasten",
  keysHint:
    "Sie wirken, solange der Betrachter den Fokus hat: auf das Bild klicken oder mit Tab dorthin gehen.",

  map: {
    show: {
      moved: "Zeigen, was die Bewertung bewegt hat",
      segmented: "Zeigen, was segmentiert wurde",
    },
    name: {
      moved: (model) => `Karte dessen, was die Bewertung von ${model} bewegt hat`,
      segmented: (model) => `Karte dessen, was für ${model} segmentiert wurde`,
    },
    asCells: (name) => `${name}, über das Bild gezeichnet`,
    asLines: (name) => `${name}, als Linien über das Bild gezeichnet`,
    making: "Die Karte wird gemacht…",
    failed: (title, detail) => `Keine Karte: ${title}. ${detail}`,
    of: "Karte von",
    opacity: "Deckkraft",
    percent: (percent) => `${percent} Prozent`,
    lines: "Als Linien",
    claim: {
      segmented: "Zeigt, was segmentiert wurde, nicht, was die Bewertung bewegt hat.",
      mammogram: "Zeigt, was die Bewertung dieses Modells bewegt hat; es ist nicht der Umriss einer Läsion.",
      histology: "Zeigt, was die Bewertung dieses Modells bewegt hat; es ist nicht der Umriss eines Tumors.",
    },
    evidence: (positive) =>
      `Blau spricht gegen „${positive}“, Orange dafür, bei jedem Bild auf derselben Skala.`,
    sum: (bias, unit, logit) =>
      `Der Mittelwert der Zellen und der Bias ${bias} ergeben zusammen das ${unit} ${logit}.`,
    occlusion: (positive) =>
      "So viel ändert sich das Logit, wenn eine Zelle verdeckt wird: Fällt es, ist die Zelle orange und " +
      `spricht für „${positive}“; steigt es, ist sie blau und spricht dagegen. Die Skala ist bei ` +
      "jedem Bild dieselbe; die Zellen ergeben zusammen nicht die Bewertung.",
    membership:
      "Je stärker das Grün, desto mehr gehört eine Zelle zum dichtesten Cluster der " +
      "Segmentierung: bei 0 gar nicht, bei 1 ganz.",
    scale: (low, high, unit) =>
      `Farbskala von ${low} bis ${high} ${unit}, von Blau über durchsichtig bis Orange`,
    membershipScale: (high, unit) => `Farbskala von 0 bis ${high} ${unit}, von durchsichtig bis Grün`,
    orLess: (value) => `${value} oder weniger`,
    orMore: (value) => `${value} oder mehr`,
    levels: (levels, unit) =>
      `Linien bei ${levels} ${unit} in beiden Richtungen, dicker für mehr; gestrichelte sprechen dagegen.`,
    membershipLevels: (levels, unit) => `Linien bei ${levels} ${unit}, dicker für mehr.`,
    between: "Sie verlaufen zwischen den Mitten der Zellen und sind nicht feiner als die Karte.",
    region: (size, peak, unit, scale) =>
      `Der stärkste Bereich ist umrandet: ${size}, alle Zellen um die stärkste mit ${peak} ${unit}, die ` +
      `mindestens die Hälfte davon haben. Die Skala endet bei ${scale}.`,
    cell: (size) => `Eine Zelle der Karte misst ${size}.`,
    noRegion: "Keine Zelle liegt über 0, daher ist kein Bereich umrandet.",
  },
};

import type { Messages } from "../messages";

export const viewer: Messages["viewer"] = {
  decimalMark: ",",

  image: "Imagen",
  opening: "Leyendo la imagen…",
  invitation: {
    mammogram: "Elija un archivo de imagen, suelte uno aquí o pruebe un ejemplo.",
    histology: "Elija un archivo de imagen o suelte uno aquí.",
  },
  picture: { mammogram: "mamografía", histology: "recorte de H&E" },
  side: { L: "Izquierda", R: "Derecha" },
  nothingStated: "Lado y proyección no indicados",
  sideNotStated: (view) => `${view}, lado no indicado`,
  viewNotStated: (side) => `${side}, proyección no indicada`,
  pixels: (columns, rows) => `${columns} × ${rows} píxeles`,
  canvas: (view, picture) => (view === "" ? picture : `${picture}, ${view}`),
  inverted: "invertida",
  stage: (view) => `Visor: ${view}`,
  stageKind: "visor de imágenes",

  tools: "Qué hace el arrastre",
  mode: { pan: "Mover", window: "Ventana", measure: "Medir" },
  zoom: "Ampliación",
  move: "Mover la vista",
  act: {
    map: "Mostrar u ocultar el mapa",
    lessMap: "Atenuar el mapa",
    moreMap: "Reforzar el mapa",
    contours: "El mapa como líneas o como celdas",
    windowMode: "El arrastre ajusta la ventana o vuelve a mover",
    measureMode: "El arrastre mide o vuelve a mover",
    invert: "Invertir claro y oscuro",
    zoomIn: "Ampliar",
    zoomOut: "Reducir",
    fit: "Ajustar la imagen entera",
    oneToOne: "Uno a uno",
    reset: "Restablecer ampliación, lugar y ventana",
    left: "Mover la vista a la izquierda",
    right: "Mover la vista a la derecha",
    up: "Mover la vista hacia arriba",
    down: "Mover la vista hacia abajo",
  },
  fit: "Ajustar",
  reset: "Restablecer",

  state: (zoom, window) => `Ampliación ${zoom} %. ${window}.`,
  windowState: (low, high, inverted) =>
    `Ventana de ${low} a ${high} de 65535${inverted ? ", invertida" : ""}`,
  here: "En el puntero",
  inTheMiddle: "En el centro",
  offImage: "fuera de la imagen",
  place: (x, y) => `columna ${x}, fila ${y}`,
  gray: (value, share) => `gris ${value} de 65535 (${share})`,
  colour: (red, green, blue) => `rojo ${red}, verde ${green}, azul ${blue} de 65535`,
  mapHere: (value, unit) => `mapa ${value} ${unit}`,
  noMapHere: "aquí no hay mapa",

  window: "Ventana",
  windowCenter: "Centro de la ventana",
  windowWidth: "Ancho de la ventana",
  percentOfRange: (percent) => `${percent} por ciento del rango`,
  grayOf: (what) => `${what} en valores de gris`,
  invert: "Invertir",
  fullRange: "Rango completo",
  fileWindow: "La ventana del archivo",
  tight: "Ceñida al tejido",
  presets: "Fijar la ventana",

  measure: "Medir",
  measureHint: {
    pan: "Arrastre sobre la imagen para medir o dé aquí los dos extremos en píxeles de la imagen.",
    line: "Arrastre un extremo para moverlo o cámbielo aquí, en píxeles de la imagen.",
  },
  placeLine: "Poner una línea en el centro",
  removeLine: "Quitar la línea",
  end: {
    fromX: "Inicio, columna",
    fromY: "Inicio, fila",
    toX: "Fin, columna",
    toY: "Fin, fila",
  },
  length: { mm: (value) => `${value} mm`, pixels: (value) => `${value} píxeles` },
  measured: (length) => `La línea mide ${length}.`,
  byFile: "Según el espaciado que indica el archivo.",
  noSpacing: "El archivo no indica el espaciado, así que no hay milímetros.",

  warnings: "Avisos sobre la imagen",
  howRead: "Cómo se leyeron los píxeles",
  format: "Formato",
  bits: (format, bits) => `${format}, ${bits} bits`,
  transferSyntax: (uid) => `sintaxis de transferencia ${uid}`,
  spacing: "Espaciado de píxeles",
  notStated: "no indicado",
  steps: "Pasos",
  none: "ninguno",
  keys: "Teclas",
  keysHint:
    "Actúan mientras el visor tiene el foco: haga clic en la imagen o llegue a ella con el tabulador.",

  map: {
    show: {
      moved: "Mostrar lo que movió la puntuación",
      segmented: "Mostrar lo que se segmentó",
    },
    name: {
      moved: (model) => `Mapa de lo que movió la puntuación de ${model}`,
      segmented: (model) => `Mapa de lo que se segmentó para ${model}`,
    },
    asCells: (name) => `${name}, dibujado sobre la imagen`,
    asLines: (name) => `${name}, dibujado sobre la imagen como líneas`,
    making: "Haciendo el mapa…",
    failed: (title, detail) => `Sin mapa: ${title}. ${detail}`,
    of: "Mapa de",
    opacity: "Opacidad",
    percent: (percent) => `${percent} por ciento`,
    lines: "Como líneas",
    claim: {
      segmented: "Muestra lo que se segmentó, no lo que movió la puntuación.",
      mammogram:
        "Muestra lo que movió la puntuación de este modelo; no es el contorno de una lesión.",
      histology:
        "Muestra lo que movió la puntuación de este modelo; no es el contorno de un tumor.",
    },
    evidence: (positive) =>
      `El azul habla en contra de «${positive}», el naranja a favor, en la misma escala para toda imagen.`,
    sum: (bias, unit, logit) =>
      `La media de las celdas y el sesgo ${bias} suman el ${unit} ${logit}.`,
    occlusion: (positive) =>
      "Tapar una celda cambia el logit en esa medida: donde baja, la celda es naranja y habla a " +
      `favor de «${positive}»; donde sube, es azul y habla en contra. La escala es la misma para ` +
      "toda imagen; las celdas no suman la puntuación.",
    membership:
      "Cuanto más intenso el verde, más pertenece una celda al grupo más denso de la " +
      "segmentación: nada en 0, del todo en 1.",
    scale: (low, high, unit) =>
      `Escala de color de ${low} a ${high} ${unit}, de azul por transparente a naranja`,
    membershipScale: (high, unit) => `Escala de color de 0 a ${high} ${unit}, de transparente a verde`,
    orLess: (value) => `${value} o menos`,
    orMore: (value) => `${value} o más`,
    levels: (levels, unit) =>
      `Líneas en ${levels} ${unit} en ambos sentidos, más gruesas para más; las discontinuas hablan en contra.`,
    membershipLevels: (levels, unit) => `Líneas en ${levels} ${unit}, más gruesas para más.`,
    between: "Pasan entre los centros de las celdas y no son más finas que el mapa.",
    region: (size, peak, unit, scale) =>
      `La región más fuerte está contorneada: ${size}, todas las celdas en torno a la más fuerte, ${peak} ` +
      `${unit}, que tienen al menos la mitad. La escala termina en ${scale}.`,
    cell: (size) => `Una celda del mapa mide ${size}.`,
    noRegion: "Ninguna celda está por encima de 0, así que no se contornea ninguna región.",
  },
};

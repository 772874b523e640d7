/** The image, what is done with it, and its map. */
export const viewer = {
  /** Between whole numbers and their parts. */
  decimalMark: ".",

  image: "Image",
  opening: "Reading the image…",
  invitation: {
    mammogram: "Choose an image file, drop one here, or try an example.",
    histology: "Choose an image file, or drop one here.",
  },
  picture: { mammogram: "mammogram", histology: "H&E patch" },
  side: { L: "Left", R: "Right" },
  nothingStated: "Side and view not stated",
  sideNotStated: (view: string) => `${view}, side not stated`,
  viewNotStated: (side: string) => `${side}, view not stated`,
  pixels: (columns: number, rows: number) => `${columns} × ${rows} pixels`,
  canvas: (view: string, picture: string) => `${view} ${picture}`.trim(),
  inverted: "inverted",
  stage: (view: string) => `Viewer: ${view}`,
  stageKind: "image viewer",

  tools: "What a drag does",
  mode: { pan: "Move", window: "Window", measure: "Measure" },
  zoom: "Zoom",
  move: "Move the view",
  act: {
    map: "Show or hide the map",
    lessMap: "Fade the map out",
    moreMap: "Fade the map in",
    contours: "The map as lines or as cells",
    windowMode: "A drag sets the window, or moves again",
    measureMode: "A drag measures, or moves again",
    invert: "Invert bright and dark",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    fit: "Fit the whole image",
    oneToOne: "One to one",
    reset: "Reset zoom, place and window",
    left: "Move the view left",
    right: "Move the view right",
    up: "Move the view up",
    down: "Move the view down",
  },
  fit: "Fit",
  reset: "Reset",

  state: (zoom: string, window: string) => `Zoom ${zoom} %. ${window}.`,
  windowState: (low: number, high: number, inverted: boolean) =>
    `Window ${low} to ${high} of 65535${inverted ? ", inverted" : ""}`,
  here: "At the pointer",
  inTheMiddle: "In the middle",
  offImage: "beside the image",
  place: (x: number, y: number) => `column ${x}, row ${y}`,
  gray: (value: number, share: string) => `gray ${value} of 65535 (${share})`,
  colour: (red: number, green: number, blue: number) =>
    `red ${red}, green ${green}, blue ${blue} of 65535`,
  mapHere: (value: string, unit: string) => `map ${value} ${unit}`,
  noMapHere: "no map here",

  window: "Window",
  windowCenter: "Window center",
  windowWidth: "Window width",
  percentOfRange: (percent: number) => `${percent} percent of the range`,
  grayOf: (what: string) => `${what} in gray values`,
  invert: "Invert",
  fullRange: "Full range",
  fileWindow: "The file’s window",
  tight: "Tight to the tissue",
  presets: "Set the window",

  measure: "Measure",
  measureHint: {
    pan: "Drag over the image to measure, or give both ends here in pixels of the image.",
    line: "Drag an end to move it, or change it here, in pixels of the image.",
  },
  placeLine: "Put a line into the middle",
  removeLine: "Remove the line",
  end: {
    fromX: "Start, column",
    fromY: "Start, row",
    toX: "End, column",
    toY: "End, row",
  },
  length: { mm: (value: string) => `${value} mm`, pixels: (value: string) => `${value} pixels` },
  measured: (length: string) => `The line is ${length} long.`,
  byFile: "By the spacing that the file states.",
  noSpacing: "The file states no spacing, so there are no millimetres.",

  warnings: "Warnings about the image",
  howRead: "How the pixels were read",
  format: "Format",
  bits: (format: string, bits: number) => `${format}, ${bits} bits`,
  transferSyntax: (uid: string) => `transfer syntax ${uid}`,
  spacing: "Pixel spacing",
  notStated: "not stated",
  steps: "Steps",
  none: "none",
  keys: "Keys",
  keysHint: "They act while the viewer has the focus: click the image, or tab to it.",

  map: {
    show: { moved: "Show what moved the score", segmented: "Show what was segmented" },
    name: {
      moved: (model: string) => `Map of what moved the score of ${model}`,
      segmented: (model: string) => `Map of what was segmented for ${model}`,
    },
    asCells: (name: string) => `${name}, drawn over the image`,
    asLines: (name: string) => `${name}, drawn over the image as lines`,
    making: "Making the map…",
    failed: (title: string, detail: string) => `No map: ${title}. ${detail}`,
    of: "Map of",
    opacity: "Opacity",
    percent: (percent: number) => `${percent} percent`,
    lines: "As lines",
    claim: {
      segmented: "Shows what was segmented, not what moved the score.",
      mammogram: "Shows what moved this model’s score; it is not an outline of a lesion.",
      histology: "Shows what moved this model’s score; it is not an outline of a tumour.",
    },
    evidence: (positive: string) =>
      `Blue speaks against “${positive}”, orange for it, on the same scale for every image.`,
    sum: (bias: string, unit: string, logit: string) =>
      `The mean of the cells and the bias ${bias} give the ${unit} ${logit}.`,
    occlusion: (positive: string) =>
      "Covering a cell changes the logit by so much: where it falls, the cell is orange and " +
      `speaks for “${positive}”; where it rises, it is blue and speaks against it. The scale ` +
      "is the same for every image; the cells do not add up to the score.",
    membership:
      "The stronger the green, the more a cell belongs to the densest cluster of the " +
      "segmentation: not at all at 0, wholly at 1.",
    scale: (low: string, high: string, unit: string) =>
      `Colour scale from ${low} to ${high} ${unit}, blue through transparent to orange`,
    membershipScale: (high: string, unit: string) =>
      `Colour scale from 0 to ${high} ${unit}, transparent to green`,
    orLess: (value: string) => `${value} or less`,
    orMore: (value: string) => `${value} or more`,
    levels: (levels: string, unit: string) =>
      `Lines at ${levels} ${unit} both ways, thicker for more; dashed ones speak against.`,
    membershipLevels: (levels: string, unit: string) =>
      `Lines at ${levels} ${unit}, thicker for more.`,
    between: "They run between the centres of the cells and are no finer than the map.",
    region: (size: string, peak: string, unit: string, scale: string) =>
      `The strongest region is outlined: ${size}, all cells around the strongest, ${peak} ${unit}, that ` +
      `have at least half of it. The scale ends at ${scale}.`,
    cell: (size: string) => `One cell of the map is ${size}.`,
    noRegion: "No cell is above 0, so no region is outlined.",
  },
};

import type { Messages } from "../messages";

export const exam: Messages["exam"] = {
  exam: "Estudio",
  patches: "Recortes",
  places: {
    "R-CC": "CC derecha",
    "L-CC": "CC izquierda",
    "R-MLO": "MLO derecha",
    "L-MLO": "MLO izquierda",
    R: "Derecha, otra vista",
    L: "Izquierda, otra vista",
  },
  unplaced: "Sin lugar",
  unread: "Archivos que no se pudieron leer",
  noImage: "Sin imagen",
  image: (number) => `Imagen ${number}`,
  hungImage: (place, number) => `${place}, imagen ${number}`,
  place: (number) => `Lugar de la imagen ${number}`,
  movedByHand: (place) => `movida a mano; la cabecera dice ${place}`,
  headerSilent: "colocada a mano; la cabecera no lo dice",
  closer: (number) => `Ver de cerca la imagen ${number}`,
  closerShort: "Ver de cerca",
  back: "Volver al estudio completo",
  backToAll: "Volver a todas las imágenes",
  chooseOne: "Vea una imagen de cerca para ver su resultado.",
  placeThem: (count) =>
    `${count === 1 ? "1 imagen no tiene" : `${count} imágenes no tienen`} lado ni vista en la ` +
    "cabecera: elija dónde cuelgan. Hasta entonces no cuentan en ninguna mama.",
  moved: (number, place) => `La imagen ${number} cuelga como ${place}.`,

  scores: "Puntuaciones de las vistas y de las mamas",
  view: "Vista",
  score: "Puntuación",
  atPoint: "En el punto de operación",
  above: "por encima",
  below: "por debajo",
  cannotAssess: "no valorable",
  breasts: { R: "Mama derecha", L: "Mama izquierda" },
  byViews: (breast) => `${breast}, según todas sus vistas`,
  woman: "Mujer, máximo de sus mamas",
  noneAssessed: "no se pudo valorar ninguna vista de lado conocido",
  ownLine:
    "Una mama con varias vistas tiene una calibración propia: su puntuación puede quedar por encima o por debajo de las de todas sus vistas.",
  oneBreast: {
    R: "Solo la mama derecha tiene una vista: no se dice nada de la izquierda.",
    L: "Solo la mama izquierda tiene una vista: no se dice nada de la derecha.",
  },
  missing: (places) => `Faltan: ${places}.`,
  failed: (count) =>
    count === 1
      ? "1 de los archivos no se pudo leer y no cuenta en nada."
      : `${count} de los archivos no se pudieron leer y no cuentan en nada.`,
  uncounted: (count) =>
    count === 1
      ? "1 de las imágenes no se pudo valorar y no cuenta en ninguna media."
      : `${count} de las imágenes no se pudieron valorar y no cuentan en ninguna media.`,
  pending: (count) =>
    count === 1
      ? "1 de las imágenes aún no tiene respuesta."
      : `${count} de las imágenes aún no tienen respuesta.`,
  chosenByImage:
    "El punto de operación se eligió por imagen; aquí se compara con el máximo de sus mamas.",
  noFiguresByWoman:
    "La ficha no tiene cifras por mujer en este punto de operación: estas son por imagen, y un estudio puede diferir.",
};

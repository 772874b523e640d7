import type { Messages } from "../messages";

export const upload: Messages["upload"] = {
  choose: "Elegir",
  chooseFiles: "Elegir archivos de imagen",
  imageFiles: "Archivos de imagen",
  hint:
    "O suéltelos en cualquier parte de esta página, o péguelos. DICOM, PNG, JPEG, TIFF o PGM; las " +
    "vistas de un estudio, juntas. La página no guarda nada ni envía el nombre de ningún archivo.",
  examples: "Mamografías sintéticas",
  exampleTitles: {
    "left-mlo": "MLO izquierda sin lesión",
    "left-mlo-mass": "La misma MLO izquierda con una masa",
    "right-cc": "CC derecha sin lesión",
    "right-cc-calcifications": "La misma CC derecha con un grupo de microcalcificaciones",
    "exam-left-mass": "Un estudio completo: cuatro vistas, una masa en la mama izquierda",
  },
  drop: {
    mammogram: "Suelte las mamografías para leerlas",
    histology: "Suelte los recortes de H&E para leerlos",
  },

  sending: (percent) => `Enviando: ${percent} %`,
  sendingOf: (done, count, percent) =>
    `Enviando: ${done} de ${count} imágenes enviadas, ${percent} %`,
  decoding: "Decodificando la imagen…",
  decodingOf: (done, count) => `Decodificando: ${done} de ${count} imágenes listas`,
  judging: "Los modelos están leyendo…",
  judgingOf: (done, count) => `Los modelos están leyendo: ${done} de ${count} imágenes listas`,
  cancel: "Cancelar",
  cancelled: "Detenido.",
  retry: "Intentar de nuevo",
  remove: "Quitar",
  fileOf: (number, count) => `Archivo ${number} de ${count}`,

  unreachable: "No se pudo acceder al servidor",
  unreachableDetail: "Compruebe que está en marcha e inténtelo de nuevo.",
  offline:
    "Este dispositivo no tiene conexión. Un servidor en otro equipo no es accesible hasta que vuelva.",
  tooMany: "Demasiados archivos a la vez",
  tooManyDetail: (count, most) => `Llegaron ${count} archivos; dé como máximo ${most}.`,
  answered: (status) => `El servidor respondió ${status}`,
  problems: {
    "unreadable-image": "La imagen del servidor no se pudo leer",
    "no-map": "Falta el mapa",
    "page-failed": "La página falló",
    "bad-request": "La petición está mal formada",
    "upload-timeout": "El envío tardó demasiado",
    "too-large": "El archivo es demasiado grande",
    "unsupported-format": "No es una imagen de un tipo que se lea",
    "cannot-decode": "La imagen no se puede decodificar",
    "cannot-assess": "Ningún modelo pudo valorar la imagen",
    "model-not-found": "No existe ese modelo",
    "internal-error": "El servidor falló",
    busy: "El servidor está ocupado",
  },
};

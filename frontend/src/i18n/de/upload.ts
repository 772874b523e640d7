import type { Messages } from "../messages";

export const upload: Messages["upload"] = {
  choose: "Auswahl",
  chooseFiles: "Bilddateien auswählen",
  imageFiles: "Bilddateien",
  hint:
    "Oder irgendwo auf dieser Seite ablegen oder einfügen. DICOM, PNG, JPEG, TIFF oder PGM; die " +
    "Aufnahmen einer Untersuchung zusammen. Die Seite behält nichts und sendet keinen Dateinamen.",
  examples: "Künstliche Mammogramme",
  exampleTitles: {
    "left-mlo": "Links MLO ohne Befund",
    "left-mlo-mass": "Dieselbe Aufnahme links MLO mit Herdbefund",
    "right-cc": "Rechts CC ohne Befund",
    "right-cc-calcifications": "Dieselbe Aufnahme rechts CC mit einer Gruppe von Mikrokalk",
    "exam-left-mass": "Eine ganze Untersuchung: vier Aufnahmen, ein Herdbefund in der linken Brust",
  },
  drop: {
    mammogram: "Mammogramme ablegen, um sie lesen zu lassen",
    histology: "H&E-Ausschnitte ablegen, um sie lesen zu lassen",
  },

  sending: (percent) => `Wird gesendet: ${percent} %`,
  sendingOf: (done, count, percent) =>
    `Wird gesendet: ${done} von ${count} Bildern gesendet, ${percent} %`,
  decoding: "Das Bild wird dekodiert …",
  decodingOf: (done, count) => `Wird dekodiert: ${done} von ${count} Bildern fertig`,
  judging: "Die Modelle lesen …",
  judgingOf: (done, count) => `Die Modelle lesen: ${done} von ${count} Bildern fertig`,
  cancel: "Abbrechen",
  cancelled: "Angehalten.",
  retry: "Noch einmal versuchen",
  remove: "Entfernen",
  fileOf: (number, count) => `Datei ${number} von ${count}`,

  unreachable: "Der Server ist nicht erreichbar",
  unreachableDetail: "Prüfen Sie, ob er läuft, und versuchen Sie es noch einmal.",
  offline:
    "Dieses Gerät ist offline. Ein Server auf einem anderen Rechner ist so lange nicht erreichbar.",
  tooMany: "Zu viele Dateien auf einmal",
  tooManyDetail: (count, most) => `${count} Dateien kamen an; geben Sie höchstens ${most}.`,
  answered: (status) => `Der Server antwortete mit ${status}`,
  problems: {
    "unreadable-image": "Das Bild des Servers ist nicht lesbar",
    "no-map": "Die Karte fehlt",
    "page-failed": "Die Seite ist gescheitert",
    "bad-request": "Die Anfrage ist fehlerhaft",
    "upload-timeout": "Das Hochladen hat zu lange gedauert",
    "too-large": "Die Datei ist zu groß",
    "unsupported-format": "Kein Bild einer Art, die gelesen wird",
    "cannot-decode": "Das Bild lässt sich nicht dekodieren",
    "cannot-assess": "Kein Modell konnte das Bild beurteilen",
    "model-not-found": "Dieses Modell gibt es nicht",
    "internal-error": "Der Server ist gescheitert",
    busy: "Der Server ist ausgelastet",
  },
};

import type { Messages } from "../messages";

export const exam: Messages["exam"] = {
  exam: "Untersuchung",
  patches: "Ausschnitte",
  places: {
    "R-CC": "Rechts CC",
    "L-CC": "Links CC",
    "R-MLO": "Rechts MLO",
    "L-MLO": "Links MLO",
    R: "Rechts, andere Aufnahme",
    L: "Links, andere Aufnahme",
  },
  unplaced: "Nicht zugeordnet",
  unread: "Dateien, die nicht lesbar waren",
  noImage: "Kein Bild",
  image: (number) => `Bild ${number}`,
  hungImage: (place, number) => `${place}, Bild ${number}`,
  place: (number) => `Platz von Bild ${number}`,
  movedByHand: (place) => `von Hand verschoben; der Kopf der Datei sagt ${place}`,
  headerSilent: "von Hand zugeordnet; der Kopf der Datei sagt nichts",
  closer: (number) => `Bild ${number} näher ansehen`,
  closerShort: "Näher ansehen",
  back: "Zurück zur ganzen Untersuchung",
  backToAll: "Zurück zu allen Bildern",
  chooseOne: "Sehen Sie ein Bild näher an, um sein Ergebnis zu sehen.",
  placeThem: (count) =>
    `${count === 1 ? "Bei 1 Bild" : `Bei ${count} Bildern`} stehen Seite und Aufnahme nicht im Kopf ` +
    "der Datei: Wählen Sie den Platz. Bis dahin zählen sie zu keiner Brust.",
  moved: (number, place) => `Bild ${number} hängt als ${place}.`,

  scores: "Werte der Aufnahmen und der Brüste",
  view: "Aufnahme",
  score: "Wert",
  atPoint: "Am Arbeitspunkt",
  above: "darüber",
  below: "darunter",
  cannotAssess: "nicht beurteilbar",
  breasts: { R: "Rechte Brust", L: "Linke Brust" },
  byViews: (breast) => `${breast}, nach allen Aufnahmen`,
  woman: "Frau, Maximum ihrer Brüste",
  noneAssessed: "keine Aufnahme einer bekannten Seite war beurteilbar",
  ownLine:
    "Eine Brust mit mehreren Aufnahmen ist eigens kalibriert: Ihr Wert kann über oder unter dem aller ihrer Aufnahmen liegen.",
  oneBreast: {
    R: "Nur von der rechten Brust gibt es eine Aufnahme: Über die linke ist nichts gesagt.",
    L: "Nur von der linken Brust gibt es eine Aufnahme: Über die rechte ist nichts gesagt.",
  },
  missing: (places) => `Nicht vorhanden: ${places}.`,
  failed: (count) =>
    count === 1
      ? "1 der Dateien war nicht lesbar und zählt nirgends."
      : `${count} der Dateien waren nicht lesbar und zählen nirgends.`,
  uncounted: (count) =>
    count === 1
      ? "1 der Bilder war nicht beurteilbar und zählt zu keinem Mittel."
      : `${count} der Bilder waren nicht beurteilbar und zählen zu keinem Mittel.`,
  pending: (count) =>
    count === 1
      ? "Zu 1 der Bilder gibt es noch keine Antwort."
      : `Zu ${count} der Bilder gibt es noch keine Antwort.`,
  chosenByImage:
    "Der Arbeitspunkt wurde je Bild gewählt; hier wird er an das Maximum ihrer Brüste gelegt.",
  noFiguresByWoman:
    "Die Karte hat an diesem Arbeitspunkt keine Zahlen je Frau: Diese sind je Bild, und bei einer Untersuchung können sie anders sein.",
};

import type { Messages } from "../messages";

export const access: Messages["access"] = {
  title: "Dieser Server verlangt einen Schlüssel",
  wanted: "Wer ihn betreibt, gibt Ihnen einen.",
  refused: "Der angegebene Schlüssel gilt nicht. Prüfen Sie ihn oder bitten Sie um einen anderen.",
  label: "Schlüssel",
  kept:
    "Der Schlüssel bleibt im Speicher dieser Seite. Verlassen Sie die Seite oder laden sie neu, ist er weg.",
  use: "Diesen Schlüssel verwenden",
};

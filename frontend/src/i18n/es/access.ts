import type { Messages } from "../messages";

export const access: Messages["access"] = {
  title: "Este servidor pide una clave",
  wanted: "Se la da quien lo administra.",
  refused: "La clave indicada no está en vigor. Compruébela o pida otra.",
  label: "Clave",
  kept: "La clave queda en la memoria de esta página. Si sale de ella o la recarga, desaparece.",
  use: "Usar esta clave",
};

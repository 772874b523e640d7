/** What frames every page. */
export const shell = {
  skip: "Skip to the image",
  purpose: (picture: string) => `What a published model says of ${picture}, and how far to trust it.`,
  aBreastImage: "a breast image",
  anHEPatch: "an H&E patch",
  researchOnly: "Research only",
  notice: "Research software, not a medical device. Not for diagnosis.",
  language: "Language",
};

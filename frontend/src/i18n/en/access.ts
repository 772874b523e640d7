/** Where a server asks for a key. */
export const access = {
  title: "This server asks for a key",
  wanted: "Whoever runs it gives you one.",
  refused: "The key that was given is not in force. Check it, or ask for another.",
  label: "Key",
  kept: "The key stays in this page's memory. Leave or reload the page, and it is gone.",
  use: "Use this key",
};

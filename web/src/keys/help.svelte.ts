// Whether the dialogs that work on each page are open.

let open = $state<"help" | "palette" | null>(null);

export const help = {
  get open(): typeof open {
    return open;
  },
  show(): void {
    open = "help";
  },
  showPalette(): void {
    open = "palette";
  },
  hide(): void {
    open = null;
  },
};

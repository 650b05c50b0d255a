// The bank that was chosen last, which is often the next one, too.
export const lastBank = { name: undefined as string | undefined };

// How many pictures somebody revealed today: theirs alone, kept in this browser, gone tomorrow.

const STORED = "lamassu.exposure";

let today = $state(read());

export const exposure = {
  get today(): number {
    return today;
  },
  add(pictures: number): void {
    today = read() + pictures;
    localStorage.setItem(STORED, `${day()} ${today}`);
  },
};

function read(): number {
  const [when, number] = (localStorage.getItem(STORED) ?? "").split(" ");
  return when === day() ? Number(number) || 0 : 0;
}

/** The day where the reviewer is: people rest by their own night. */
function day(): string {
  return new Date().toDateString().replaceAll(" ", "-");
}

/** Where a terminal does not tell its width. */
const COLUMNS_UNKNOWN = 80

/** What is needed of `process.stderr`. */
export interface Terminal extends Pick<NodeJS.WriteStream, 'columns' | 'isTTY'> {
  write(text: string): unknown
}

/** One line at the bottom of a terminal that is drawn over and over; without a terminal there is none. */
export class StatusLine {
  readonly isShown: boolean
  readonly #stream: Terminal
  #text = ''

  constructor(stream: Terminal, isWanted: boolean) {
    this.isShown = isWanted && stream.isTTY
    this.#stream = stream
  }

  /** Draws `text`, cut to the width of the terminal. */
  set(text: string): void {
    if (!this.isShown) return
    this.#text = text.slice(0, (this.#stream.columns || COLUMNS_UNKNOWN) - 1)
    this.#stream.write(`\r\u001b[2K${this.#text}`)
  }

  /** Whole lines that stay, above the status. */
  writeAbove(lines: string): void {
    this.#stream.write(this.#text === '' ? lines : `\r\u001b[2K${lines}${this.#text}`)
  }

  clear(): void {
    if (this.#text !== '') this.#stream.write('\r\u001b[2K')
    this.#text = ''
  }
}

/** Keeps the beginning of a stream, so that a node which prints without end does not fill the controller's memory. */
export class BoundedOutput {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  /** @param limit most bytes that are kept */
  constructor(private readonly limit: number) {}

  add(chunk: Buffer): void {
    if (this.length >= this.limit) return;
    const kept = chunk.subarray(0, this.limit - this.length);
    this.chunks.push(kept);
    this.length += kept.length;
  }

  toString(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

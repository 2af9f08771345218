/** Where an inventory comes from. One implementation a place: remote state, a file, the sandbox. */
export interface InventorySource {
  /** Environment whose inventory is wanted: another one's is refused. */
  readonly environment: string;
  /** The place as the operator would name it: an `s3://` address, a path, "the sandbox". */
  readonly where: string;
  /** What brings a fresh inventory there, as an instruction: "Run `cdktf deploy dev`." */
  readonly refresh: string;
  /**
   * The inventory as found, not yet checked.
   *
   * @throws UserError when there is none or it can't be had, with what to do about it.
   */
  read(): Promise<unknown>;
}

/**
 * What is known about models, one row each. Fields, checks, bodies, the model list, docs and tests derive from the
 * rows; no model's ID is anywhere else.
 */
export * from './judge';
export * from './list';
export { listedEntries, listedRow, unlistedRow } from './listedModels';
export * from './row';
export { FAMILIES, rowOf, ROWS, STANDARD_ROW } from './rows';
export { isBlank, readSeconds, readSwitch, shown } from './spelling';
export { videosRow } from './videosRows';

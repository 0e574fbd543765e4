/**
 * What is known of the models: one row each. The rows make the fields on offer, the check, the body, the list to choose
 * from, the documentation and the tests. No model's ID is anywhere else.
 */
export * from './judge';
export * from './list';
export { listedEntries, listedRow, unlistedRow } from './listedModels';
export * from './row';
export { FAMILIES, rowOf, ROWS, STANDARD_ROW } from './rows';
export { isBlank, readSeconds, readSwitch, shown } from './spelling';
export { videosRow } from './videosRows';

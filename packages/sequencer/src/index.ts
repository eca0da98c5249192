export { AdminServer, type AdminServerOptions } from './admin-server.ts'
export { decodeFaultPlan, type Fault, type FaultKind, type FaultMatch, type FaultPlan } from './faults/fault-plan.ts'
export { Faults, type FaultsOptions } from './faults/faults.ts'
export type { BlockId, BlockOptions, FeederAnswers, PreConfirmedQuery, StateUpdateOptions } from './feeder-answers.ts'
export { FeederError, type FeederErrorOptions } from './feeder-error.ts'
export { FeederServer, type FeederServerOptions } from './feeder-server.ts'
export { NodeAnswers, type NodeAnswersOptions } from './node-answers.ts'
export { joinMembers, type RawJson, sliceMember } from './raw-json.ts'
export { openRecordedAnswers, RecordedAnswers, type RecordedAnswersOptions } from './recorded-answers.ts'
export {
  type ChainRecipe,
  type ChainTiming,
  createSimulatedChain,
  type SimulatedChain,
  type SimulatedChainOptions,
} from './simulated/create-simulated-chain.ts'
export { type DemoSequencer, type DemoSequencerOptions, startDemoSequencer } from './simulated/demo-sequencer.ts'
export { countFillBlocks, PROFILES, type Profile, type ProfileName } from './simulated/profiles.ts'
export type { Schedule, ScheduleEntry } from './simulated/schedule.ts'
export {
  openStoredChain,
  type StoredChain,
  type WriteChainOptions,
  type WriteProgress,
  writeChain,
} from './simulated/stored-chain.ts'
export type { Reorg } from './simulated/timeline.ts'
export {
  type AnswerName,
  atBlocks,
  editJson,
  refuseWith,
  replaceWith,
  setJson,
  type Tamper,
  TamperedAnswers,
  type TamperHooks,
  type TamperRequest,
  tamper,
  truncate,
} from './tamper.ts'

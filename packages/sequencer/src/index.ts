export type { BlockId, FeederAnswers, PreConfirmedQuery, StateUpdateOptions } from './feeder-answers.ts'
export { FeederError, type FeederErrorOptions } from './feeder-error.ts'
export { FeederServer, type FeederServerOptions } from './feeder-server.ts'
export { joinMembers, type RawJson, sliceMember } from './raw-json.ts'
export { openRecordedAnswers, RecordedAnswers, type RecordedAnswersOptions } from './recorded-answers.ts'
export {
  createSimulatedChain,
  type SimulatedChain,
  type SimulatedChainOptions,
} from './simulated/create-simulated-chain.ts'
export { type DemoSequencer, type DemoSequencerOptions, startDemoSequencer } from './simulated/demo-sequencer.ts'
export type { Schedule, ScheduleEntry } from './simulated/schedule.ts'
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

export {
  acceptLink,
  appointmentPath,
  confirmAppointment,
  endAppointment,
  hasStaffRole,
  proposeAppointment,
  viewAppointments,
  type StaffDeps,
} from './appointments.ts';
export {
  actAsStaff,
  lookAsStaff,
  type StaffActing,
  type StaffPermitted,
  type StaffRefused,
} from './acting.ts';
export { barVendor, liftBar } from './bars.ts';
export { createStaffTasks } from './jobs.ts';
export { createStaffPages } from './pages.tsx';
export {
  decideStaff,
  RIGHTS_OF_ROLE,
  type StaffDecision,
  type StaffRefusal,
  type StaffRight,
} from './rules.ts';
export { proposeFirstOperator, type FirstOperator } from './first-operator.ts';

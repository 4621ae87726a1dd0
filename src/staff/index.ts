export {
  acceptLink,
  confirmAppointment,
  endAppointment,
  hasStaffRole,
  proposeAppointment,
  viewAppointments,
  type StaffDeps,
} from './appointments.ts';
export { proposeFirstOperator, type FirstOperator } from './first-operator.ts';
export { createStaffTasks } from './jobs.ts';
export { createStaffPages } from './pages.tsx';

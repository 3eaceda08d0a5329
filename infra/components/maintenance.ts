/** When Google may restart things: at the weekend, when no exchange that we follow is open. All times are UTC. */
export const marketMaintenance = {
  recurringWindow: {
    startTime: '2026-01-03T06:00:00Z',
    endTime: '2026-01-03T18:00:00Z',
    recurrence: 'FREQ=WEEKLY;BYDAY=SA,SU',
  },
};

/** The same for what takes a day and an hour: Saturday, six o'clock. */
export const weekly = {
  database: { day: 6, hour: 6, updateTrack: 'stable' },
  cache: { day: 'SATURDAY', startTime: { hours: 8, minutes: 0, seconds: 0, nanos: 0 } },
} as const;

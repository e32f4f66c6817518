/** How the models are fitted. Chosen by walk-forward folds inside the fit slice; no later bar had a say. */

/** Shares of the rows that the purge leaves; the rest is the test slice. */
export const splitShares = { fit: 0.7, calibrate: 0.15 } as const;

/** Least share of the calibration slice that one step of a calibration table holds. */
export const calibrationStepShare = 0.01;

/** Fixed, not the machine's: sums are taken in the order of the threads. */
export const threads = 2;

/**
 * By the names of each library. Shallow, slow and thinned out: direction over twelve hours is nearly noise, and what
 * fits it closely fits nothing else.
 */
export const memberParameters = {
  rf: {
    n_estimators: 200,
    max_depth: 10,
    min_samples_leaf: 20,
    max_features: 'sqrt',
    max_samples: 0.5,
  },
  xgb: {
    n_estimators: 250,
    max_depth: 3,
    learning_rate: 0.03,
    subsample: 0.6,
    colsample_bytree: 0.6,
    min_child_weight: 200,
    reg_lambda: 10,
  },
  lgb: {
    n_estimators: 200,
    num_leaves: 15,
    learning_rate: 0.02,
    subsample: 0.6,
    subsample_freq: 1,
    colsample_bytree: 0.6,
    min_child_samples: 400,
    reg_lambda: 10,
  },
} as const;

export type MemberParameters = Readonly<
  Record<keyof typeof memberParameters, Readonly<Record<string, number | string>>>
>;

export type ConfigFileName = 'accounts.json' | 'terminals.json' | 'config.json' | 'ml_config.json';

/**
 * Spellings that other versions and documents use -> what to write instead. Each key has one spelling and one place,
 * so that nobody changes a number that is not read. Paths of accounts.json and terminals.json begin below the entry.
 */
const formerKeys: Readonly<Record<ConfigFileName, Readonly<Record<string, string>>>> = {
  'accounts.json': {
    risk_percent: 'it is `risk_pct` in accounts.json',
    max_lots: 'it is `max_lot`',
    api_base_url: 'the address is the `url` of the terminal in terminals.json',
    url: 'the address is the `url` of the terminal in terminals.json',
    terminal: 'it is `terminal_key`',
    broker: 'it is `broker_id`',
    symbol: 'it is `symbols`, a list',
    'telegram.token': 'write the name of an environment variable into `token_env`',
    'telegram.token_env_name': 'it is `token_env`',
  },
  'terminals.json': {
    terminals: 'terminals stand at the top of terminals.json, without a section of their own',
    token: 'write the name of an environment variable into `token_env`',
    port: 'the port is part of `url`',
    domain: 'the domain is part of `url`',
    'simulator.spread': 'it is `spread_points`',
    'simulator.slippage': 'it is `slippage_points`',
    'simulator.commission': 'it is `commission_per_lot`',
  },
  'config.json': {
    'dynamic_position_sizing.risk_percent': 'it is `risk_percent`, at the top of config.json',
    'dynamic_position_sizing.min_lot': 'it is `min_lot`, at the top of config.json',
    'dynamic_position_sizing.max_lot': 'it is `max_lot`, at the top of config.json',
    'dynamic_position_sizing.max_risk_per_trade_pct':
      'it is `max_risk_per_trade_pct`, at the top of config.json',
    'dynamic_position_sizing.enabled': 'sizes always follow equity and risk: remove it',
    'prediction.confidence_threshold': 'it is `min_confidence`, at the top of config.json',
    risk_pct: 'it is `risk_percent` in config.json (`risk_pct` is the key of an account)',
    max_consecutive_losses: 'it is `circuit_breaker.max_consecutive_losses`',
    max_daily_loss: 'it is `max_daily_loss_pct`, in percent of equity',
    min_atr: 'it is `risk_management.min_atr_threshold`',
    'risk_management.min_atr': 'it is `risk_management.min_atr_threshold`',
    confidence_threshold: 'it is `min_confidence`',
    'dynamic_sltp.atr_sl_mult': 'it is `dynamic_sltp.sl_atr_multiplier`',
    'dynamic_sltp.atr_tp_mult': 'it is `dynamic_sltp.tp_atr_multiplier`',
    atr_sl_mult: 'it is `dynamic_sltp.sl_atr_multiplier`',
    atr_tp_mult: 'it is `dynamic_sltp.tp_atr_multiplier`',
    local_tz_offset: 'it is `local_tz_offset_hours`',
    LOCAL_TZ_OFFSET: 'it is `local_tz_offset_hours`',
    broker: 'it is the `broker_id` of each account in accounts.json',
    symbol: 'it is the `symbols` of an account in accounts.json',
    api_base_url: 'it is the `url` of the terminal in terminals.json',
    model_paths: 'models lie in models/<SYMBOL>/ and their manifest says which they are',
    kelly_lot_sizing: 'it is `ml_active_management.kelly_lot_sizing`',
    'ml_active_management.kelly_lot_sizing.formula':
      'it is `ml_active_management.kelly_lot_sizing.kelly_formula`',
    'ml_active_management.kelly_lot_sizing.kelly_fraction':
      'the cap is `max_kelly_fraction`, the factor `kelly_multiplier`',
    'console.token': 'write the name of an environment variable into `console.token_env`',
  },
  'ml_config.json': {
    labeling: 'it is `labels`',
    'labeling.min_atr': 'it is `risk_management.min_atr_threshold` of config.json',
    'labels.lookahead': 'it is `labels.horizon_bars`',
    'labels.lookahead_bars': 'it is `labels.horizon_bars`',
    'labels.atr_sl_mult':
      'it is `dynamic_sltp.sl_atr_multiplier` of config.json, the same as in live',
    'labels.atr_tp_mult':
      'it is `dynamic_sltp.tp_atr_multiplier` of config.json, the same as in live',
    'prediction.confidence_threshold': 'it is `min_confidence` of config.json',
  },
};

/** What to write instead of a former spelling. */
export function formerKeyHint(file: ConfigFileName, path: string): string | undefined {
  const hints = formerKeys[file];
  return Object.hasOwn(hints, path) ? hints[path] : undefined;
}

/** Whether keys below `path` have moved one by one. */
export function hasFormerKeysBelow(file: ConfigFileName, path: string): boolean {
  return Object.keys(formerKeys[file]).some((former) => former.startsWith(`${path}.`));
}

/** For hosts without systemd: `pm2 start deploy/ecosystem.config.cjs`. One instance: cluster mode would start two owners of every account. */
module.exports = {
  apps: [
    {
      name: 'novosky',
      script: 'dist/main.js',
      args: 'run',
      exec_mode: 'fork',
      instances: 1,
      // One helper thread for V8: four, the default, keep accounts from their cores after a start. Of use below eight cores.
      node_args: '--enable-source-maps --v8-pool-size=1',
      // More than the 15 s of an orderly stop. With "shutdown": "drain" a stop lasts until every account is flat: a week, say.
      kill_timeout: 30_000,
      // 2: usage or configuration, 99: every account is halted and flat. A person has to look first.
      stop_exit_codes: [2, 99],
      max_restarts: 5,
      min_uptime: '60s',
    },
  ],
};

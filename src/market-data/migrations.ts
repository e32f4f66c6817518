/** Schema of the bar store, oldest migration first. What is released is never edited: a change is a new entry. */
export const migrations: readonly string[] = [
  `CREATE TABLE bars (
     symbol TEXT NOT NULL,
     timeframe TEXT NOT NULL,
     open_time INTEGER NOT NULL,
     open REAL NOT NULL,
     high REAL NOT NULL,
     low REAL NOT NULL,
     close REAL NOT NULL,
     volume REAL NOT NULL,
     spread_points REAL,
     PRIMARY KEY (symbol, timeframe, open_time)
   ) STRICT, WITHOUT ROWID`,
];

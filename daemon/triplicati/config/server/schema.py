"""The tables of the server's database: Duplicati's schema 12 (spec/server.md 7.1) and some of ours.

Other programs read Duplicati's tables, so these have its names and nothing more. Ours begin with
``Triplicati``; in them a `BackupID` is the text of an id, for one that lives only in memory has runs too.
"""

from __future__ import annotations

VERSION = 12
ANY_BACKUP = -1
SERVER_SETTINGS = -2

TABLES = f"""
CREATE TABLE "Backup" (
    "ID" INTEGER PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL,
    "Description" TEXT NOT NULL DEFAULT '',
    "Tags" TEXT NOT NULL,
    "TargetURL" TEXT NOT NULL,
    "DBPath" TEXT NOT NULL,
    "ExternalID" TEXT NULL,
    "ConnectionStringID" INTEGER NOT NULL DEFAULT -1,
    "OperationType" TEXT NOT NULL DEFAULT 'Backup'
);
CREATE TABLE "Schedule" (
    "ID" INTEGER PRIMARY KEY,
    "Tags" TEXT NOT NULL,
    "Time" INTEGER NOT NULL,
    "Repeat" TEXT NOT NULL,
    "LastRun" INTEGER NOT NULL,
    "Rule" TEXT NOT NULL
);
CREATE TABLE "Source" ("BackupID" INTEGER NOT NULL, "Path" TEXT NOT NULL);
CREATE TABLE "Filter" (
    "BackupID" INTEGER NOT NULL,
    "Order" INTEGER NOT NULL,
    "Include" INTEGER NOT NULL,
    "Expression" TEXT NOT NULL
);
CREATE TABLE "Option" (
    "BackupID" INTEGER NOT NULL,
    "Filter" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Value" TEXT NOT NULL
);
CREATE TABLE "Metadata" ("BackupID" INTEGER NOT NULL, "Name" TEXT NOT NULL, "Value" TEXT NOT NULL);
CREATE TABLE "Log" (
    "BackupID" INTEGER NOT NULL,
    "Description" TEXT NOT NULL,
    "Start" INTEGER NOT NULL,
    "Finish" INTEGER NOT NULL,
    "Result" TEXT NOT NULL,
    "SuggestedIcon" TEXT NOT NULL
);
CREATE TABLE "ErrorLog" (
    "BackupID" INTEGER NULL,
    "Message" TEXT NOT NULL,
    "Exception" TEXT NULL,
    "Timestamp" INTEGER NOT NULL
);
CREATE TABLE "Version" ("ID" INTEGER PRIMARY KEY, "Version" INTEGER NOT NULL);
INSERT INTO "Version" ("ID", "Version") VALUES (1, {VERSION});
CREATE TABLE "Notification" (
    "ID" INTEGER PRIMARY KEY,
    "Type" TEXT NOT NULL,
    "Title" TEXT NOT NULL,
    "Message" TEXT NOT NULL,
    "Exception" TEXT NOT NULL,
    "BackupID" TEXT NULL,
    "Action" TEXT NOT NULL,
    "Timestamp" INTEGER NOT NULL,
    "LogEntryID" TEXT NULL,
    "MessageID" TEXT NULL,
    "MessageLogTag" TEXT NULL
);
CREATE TABLE "UIStorage" ("Scheme" TEXT NOT NULL, "Key" TEXT NOT NULL, "Value" TEXT NOT NULL);
CREATE TABLE "TempFile" (
    "ID" INTEGER PRIMARY KEY,
    "Origin" TEXT NOT NULL,
    "Path" TEXT NOT NULL,
    "Timestamp" INTEGER NOT NULL,
    "Expires" INTEGER NOT NULL
);
CREATE TABLE "TokenFamily" (
    "ID" TEXT PRIMARY KEY,
    "UserId" TEXT NOT NULL,
    "Counter" INTEGER NOT NULL,
    "LastUpdated" INTEGER NOT NULL
);
CREATE TABLE "ConnectionString" (
    "ID" INTEGER PRIMARY KEY AUTOINCREMENT,
    "Name" TEXT NOT NULL UNIQUE,
    "Description" TEXT NOT NULL DEFAULT '',
    "BaseUrl" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "UpdatedAt" INTEGER NOT NULL
);
CREATE TABLE "BackupTargetUrl" (
    "ID" INTEGER PRIMARY KEY AUTOINCREMENT,
    "BackupID" INTEGER NOT NULL REFERENCES "Backup" ("ID") ON DELETE CASCADE,
    "TargetUrlKey" TEXT NOT NULL UNIQUE,
    "TargetURL" TEXT NOT NULL,
    "Mode" TEXT NOT NULL DEFAULT 'inline',
    "Interval" TEXT NULL,
    "Options" TEXT NULL,
    "ConnectionStringID" INTEGER NOT NULL DEFAULT -1,
    "CreatedAt" INTEGER NOT NULL,
    "UpdatedAt" INTEGER NOT NULL
);
"""

OUR_TABLES = """
CREATE TABLE "TriplicatiRun" (
    "ID" INTEGER PRIMARY KEY AUTOINCREMENT,
    "BackupID" TEXT NOT NULL,
    "TaskID" INTEGER NOT NULL,
    "Operation" TEXT NOT NULL,
    "Reason" TEXT NOT NULL,
    "Started" REAL NOT NULL,
    "Ended" REAL NULL,
    "Parsed" TEXT NOT NULL DEFAULT '',
    "Result" TEXT NOT NULL DEFAULT '',
    "Log" BLOB NULL,
    "LogLines" INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX "TriplicatiRunOfBackup" ON "TriplicatiRun" ("BackupID", "ID");
CREATE TABLE "TriplicatiRemoteOperation" (
    "ID" INTEGER PRIMARY KEY AUTOINCREMENT,
    "RunID" INTEGER NOT NULL,
    "BackupID" TEXT NOT NULL,
    "Timestamp" INTEGER NOT NULL,
    "Operation" TEXT NOT NULL,
    "Path" TEXT NOT NULL,
    "Size" INTEGER NULL,
    "Hash" TEXT NOT NULL DEFAULT ''
);
CREATE INDEX "TriplicatiRemoteOperationOfBackup" ON "TriplicatiRemoteOperation" ("BackupID", "ID");
CREATE TABLE "TriplicatiSchedule" (
    "BackupID" TEXT PRIMARY KEY,
    "Paused" INTEGER NOT NULL DEFAULT 0,
    "Zone" TEXT NOT NULL DEFAULT '',
    "Wall" TEXT NOT NULL DEFAULT '',
    "LastSuccess" INTEGER NULL
);
CREATE TABLE "TriplicatiAdopted" (
    "BackupID" TEXT PRIMARY KEY,
    "Folder" TEXT NOT NULL,
    "OriginalID" TEXT NOT NULL,
    "TakenAt" INTEGER NOT NULL
);
CREATE TABLE "TriplicatiSequence" ("Name" TEXT PRIMARY KEY, "Value" INTEGER NOT NULL);
"""
# Of those that came later, which a database of an earlier release does not have yet.
LATER_TABLES = """
CREATE TABLE IF NOT EXISTS "TriplicatiProblem" (
    "RunID" INTEGER NOT NULL,
    "BackupID" TEXT NOT NULL,
    "Level" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Count" INTEGER NOT NULL,
    "Samples" BLOB NOT NULL,
    PRIMARY KEY ("RunID", "Level", "Name")
);
CREATE INDEX IF NOT EXISTS "TriplicatiProblemOfBackup" ON "TriplicatiProblem" ("BackupID", "Name");
CREATE TABLE IF NOT EXISTS "TriplicatiToken" (
    "ID" TEXT PRIMARY KEY,
    "Name" TEXT NOT NULL,
    "Created" REAL NOT NULL,
    "Expires" REAL NOT NULL
);
"""
# With one of them missing a database is not, or not only, ours.
MARK = "TriplicatiRun"

namespace AzImageTools.Disks.Registry;

/// <summary>
/// Tells what the logs of a dirty hive hold of it, by the rules that Windows recovers hives by (regf specification,
/// "Dirty state of a hive", "Multiple transaction log files").
/// </summary>
internal static class HiveRecovery
{
    /// <summary>What to lay over the hive; null where no log can be applied.</summary>
    /// <param name="primary">The hive's own base block.</param>
    /// <param name="binsTimestamp">The timestamp of the first hive bin; null where there is none.</param>
    /// <param name="logs">The logs.</param>
    /// <param name="problems">Takes what is wrong with logs.</param>
    public static HiveOverlay? TryRecover(BaseBlock primary, long? binsTimestamp, IReadOnlyList<RegistryHiveLog> logs, ICollection<string> problems)
    {
        List<LogFile> opened = [];
        HiveOverlay? overlay = null;
        try
        {
            foreach (RegistryHiveLog log in logs)
            {
                if (TryOpen(log, problems) is { } file)
                {
                    opened.Add(file);
                }
            }

            overlay = ReplayEntries(primary, [.. opened.Where(static log => log.HasEntries)], problems)
                ?? ReadDirtyVector(primary, binsTimestamp, opened.Where(static log => !log.HasEntries), problems);
            return overlay;
        }
        finally
        {
            foreach (LogFile log in opened.Where(log => overlay?.Uses(log) != true))
            {
                log.Dispose();
            }
        }
    }

    private static LogFile? TryOpen(RegistryHiveLog log, ICollection<string> problems)
    {
        try
        {
            return log.Open() is { } content ? LogFile.TryOpen(content, log.Name) : null;
        }
        catch (DiskFormatException damaged)
        {
            problems.Add(damaged.Message);
            return null;
        }
    }

    /// <summary>The new format: entries are spread over the logs, each of which begins with the sequence number its base block tells.</summary>
    private static HiveOverlay? ReplayEntries(BaseBlock primary, IReadOnlyList<LogFile> logs, ICollection<string> problems)
    {
        if (logs.Count == 0)
        {
            return null;
        }

        // Sequence numbers wrap around, so that only their distance tells which one is earlier.
        uint start = primary.IsIntact ? primary.SecondarySequence : logs[0].Base.PrimarySequence;
        IEnumerable<LogFile> ordered = logs.OrderBy(log => Distance(start, log));
        if (!primary.IsIntact)
        {
            // Of a hive whose base block is damaged, Windows applies the log with the latest entries alone.
            return ordered.Reverse().Select(log => ReplayAlone(log, problems)).FirstOrDefault(static overlay => !overlay.IsEmpty);
        }

        HiveOverlay overlay = new(primary);
        uint? next = null;
        foreach (LogFile log in ordered.Where(log => Distance(start, log) >= 0))
        {
            if (next is null || log.Base.PrimarySequence == next)
            {
                next = ReplayEntries(overlay, log, problems);
            }
        }

        return overlay.IsEmpty ? null : overlay;
    }

    private static HiveOverlay ReplayAlone(LogFile log, ICollection<string> problems)
    {
        HiveOverlay overlay = new(log.Base);
        _ = ReplayEntries(overlay, log, problems);
        return overlay;
    }

    /// <summary>Applies a log's entries up to the first that is missing or damaged, and tells which one that is.</summary>
    private static uint ReplayEntries(HiveOverlay overlay, LogFile log, ICollection<string> problems)
    {
        uint sequence = log.Base.PrimarySequence;
        try
        {
            long offset = LogFile.SectorSize;
            while (LogEntry.TryRead(log, offset, sequence) is { } entry)
            {
                entry.Apply(overlay);
                offset += entry.Length;
                sequence = unchecked(sequence + 1);
            }
        }
        catch (DiskFormatException damaged)
        {
            problems.Add(damaged.Message);
        }

        return sequence;
    }

    /// <summary>
    /// The old format: one log holds all that is dirty. It belongs to the hive as it stands when both tell the same time;
    /// while its base block is damaged, the log that is the latest and not older than the bins repairs it.
    /// </summary>
    private static HiveOverlay? ReadDirtyVector(BaseBlock primary, long? binsTimestamp, IEnumerable<LogFile> logs, ICollection<string> problems)
    {
        IEnumerable<LogFile> applicable = primary.IsIntact
            ? logs.Where(log => log.Base.Timestamp == primary.Timestamp)
            : logs.Where(log => log.Base.Timestamp >= (binsTimestamp ?? long.MinValue)).OrderByDescending(static log => log.Base.Timestamp);
        foreach (LogFile log in applicable)
        {
            try
            {
                return DirtyVector.Read(log);
            }
            catch (DiskFormatException damaged)
            {
                problems.Add(damaged.Message);
            }
        }

        return null;
    }

    private static int Distance(uint start, LogFile log) => unchecked((int)(log.Base.PrimarySequence - start));
}

using System.Buffers.Binary;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Registry.Writing;

/// <summary>
/// Changes a registry hive (regf, versions 1.3 to 1.6) on an overlay. All is done in memory, and written only by
/// <see cref="Save"/>, when it is known that it can be: what is refused leaves the file as it was. A hive that was not wholly
/// written is written as its logs complete it, and the logs are emptied. Not thread-safe.
/// </summary>
internal sealed class HiveEditor : IDisposable
{
    private const int ChecksumOffset = 508;
    private const int LongestValueName = 16383;
    private const int LongestKeyName = 255;
    private const int SecurityCount = 12;

    private readonly IRewritableFile _file;
    private readonly IReadOnlyList<(IRewritableFile File, Stream Content)> _logs;
    private readonly HiveCells _cells;
    private readonly DateTimeOffset _now;

    private HiveEditor(RegistryHive hive, IRewritableFile file, IReadOnlyList<(IRewritableFile File, Stream Content)> logs, DateTimeOffset now)
    {
        Hive = hive;
        _file = file;
        _logs = logs;
        _now = now;
        _cells = new HiveCells(hive);
    }

    /// <summary>The hive, with the changes; keys that were opened before one stay as they were.</summary>
    public RegistryHive Hive { get; }

    /// <summary>Opens a hive to be changed.</summary>
    /// <param name="volume">The volume, on an overlay.</param>
    /// <param name="path">The hive's path.</param>
    /// <param name="now">When keys are told to be changed.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskRepairException">It can't be changed safely.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there, or the file is no hive, or one of another version, or its root is damaged.</exception>
    public static HiveEditor Open(IFileSystem volume, string path, DateTimeOffset now)
    {
        IRewritableFile file = OpenRewritable(volume, path, now);
        RegistryHive hive = RegistryHive.Open(volume, path);
        List<(IRewritableFile, Stream)> logs = [];
        try
        {
            if (hive.State == HiveState.Dirty)
            {
                throw Refuse(path, $"Windows had not finished writing to it, and no log completes it{(hive.LogProblems.Count > 0 ? $" ({string.Join(" ", hive.LogProblems)})" : string.Empty)}");
            }

            byte[] head = new byte[BaseBlock.SectorSize];
            hive.Pages.Read(0, head);
            if (!BaseBlock.Parse(head).IsIntact)
            {
                throw Refuse(path, "its base block is damaged");
            }

            if (hive.Pages.Length > file.Length)
            {
                throw Refuse(path, $"its logs make it {hive.Pages.Length} bytes long, and its file has {file.Length}");
            }

            if (hive.State == HiveState.Recovered)
            {
                foreach (string log in RegistryHive.LogExtensions.Select(extension => path + extension).Where(log => volume.GetEntry(log) is { IsDirectory: false, Length: > 0 }))
                {
                    logs.Add((OpenRewritable(volume, log, now), volume.OpenFile(log)));
                }
            }

            return new HiveEditor(hive, file, logs, now);
        }
        catch
        {
            hive.Dispose();
            logs.ForEach(static log => log.Item2.Dispose());
            throw;
        }
    }

    /// <summary>Gives a value type and data; keys on the way to it are made where they are missing.</summary>
    /// <param name="key">The key's path from the hive's root.</param>
    /// <param name="name">The value's name; empty for the default value.</param>
    /// <param name="type">The type.</param>
    /// <param name="data">The data as it is stored.</param>
    /// <exception cref="DiskRepairException">The hive has no room, or can't hold this.</exception>
    /// <exception cref="DiskFormatException">The hive is damaged there.</exception>
    public void SetValue(string key, string name, RegistryValueType type, ReadOnlySpan<byte> data)
    {
        if (name.Length > LongestValueName || name.Contains('\0') || data.Length > ValueData.Longest)
        {
            throw NotSupported(name, $"A value has a name of at most {LongestValueName} characters and at most {ValueData.Longest} bytes.");
        }

        uint cell = CreateKey(key);
        RequireValues(cell, key);
        new KeyValues(_cells, cell).Set(name, type, data);
        Touch(cell);
    }

    /// <summary>Takes a value out of a key; false where there is none.</summary>
    public bool RemoveValue(string key, string name)
    {
        if (Hive.OpenKey(key) is not { } found)
        {
            return false;
        }

        RequireValues(found.Cell, key);
        bool isRemoved = new KeyValues(_cells, found.Cell).Remove(name);
        if (isRemoved)
        {
            Touch(found.Cell);
        }

        return isRemoved;
    }

    /// <summary>Makes a key and those on the way to it, as far as they are missing, and tells its cell.</summary>
    public uint CreateKey(string key)
    {
        RegistryKey at = Hive.Root;
        foreach (string name in key.Split(['\\'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (at.OpenSubKey(name) is { } next)
            {
                at = next;
                continue;
            }

            if (name.Length > LongestKeyName || !name.All(static character => character is >= ' ' and < (char)0x7F) || at.Depth >= RegistryHive.MaximumDepth - 1)
            {
                throw NotSupported(name, $"A key is made only with a name of at most {LongestKeyName} ASCII characters, and less than {RegistryHive.MaximumDepth} deep: how Windows would sort others is not known.");
            }

            // A key made here is as one that inherits all its rights: it has the security descriptor of the one above.
            uint security = _cells.ReadUInt32(at.Cell, KeyCell.Security);
            uint made = _cells.Add(KeyCell.Make(name, at.Cell, security, _now), at.Cell);
            if (security != RegistryHive.NoCell)
            {
                RequireSecurity(security);
                uint count = _cells.ReadUInt32(security, SecurityCount);
                _cells.WriteUInt32(security, SecurityCount, count < uint.MaxValue ? count + 1 : throw Hive.Damaged(BaseBlock.Size + (long)security, "A security descriptor is said to be used by more keys than a hive can have.", "regf, Key security"));
            }

            new SubKeyIndex(_cells, at.Cell).Add(made, name);
            Touch(at.Cell);
            Hive.Refresh();
            at = Hive.OpenKey(at.Path.Length == 0 ? name : $@"{at.Path}\{name}") ?? throw Hive.Damaged(BaseBlock.Size + (long)at.Cell, $"The subkeys of a key are not in their order: '{name}', which was put where it belongs, is not found.", "regf, Index leaf");
        }

        return at.Cell;
    }

    /// <summary>Takes a key out with all that is below it; false where there is none. The root stays.</summary>
    public bool RemoveKey(string key)
    {
        if (Hive.OpenKey(key) is not { Depth: > 0 } found)
        {
            return false;
        }

        uint parent = _cells.ReadUInt32(found.Cell, KeyCell.Parent);
        new SubKeyIndex(_cells, parent).Remove(found.Cell);
        FreeKey(found);
        Touch(parent);
        Hive.Refresh();
        return true;
    }

    /// <summary>Writes the changes to the volume.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    public void Save()
    {
        List<(long Position, ReadOnlyMemory<byte> Bytes)> changes = [.. Hive.Pages.EnumerateChanges()];
        if (changes.Count == 0)
        {
            return;
        }

        byte[] head = new byte[BaseBlock.SectorSize];
        Hive.Pages.Read(0, head);
        BaseBlock block = BaseBlock.Parse(head);
        uint sequence = unchecked(Math.Max(block.PrimarySequence, block.SecondarySequence) + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(8), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(40), Hive.Base.BinsLength);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(ChecksumOffset), BaseBlock.ChecksumOf(head));
        _file.Write(0, head);
        foreach ((long position, ReadOnlyMemory<byte> bytes) in changes)
        {
            _file.Write(position, bytes.Span);
        }

        foreach ((IRewritableFile log, Stream content) in _logs)
        {
            Empty(log, content);
            (log as RewrittenFile)?.Save();
        }

        (_file as RewrittenFile)?.Save();
    }

    public void Dispose()
    {
        Hive.Dispose();
        foreach ((_, Stream content) in _logs)
        {
            content.Dispose();
        }
    }

    private static IRewritableFile OpenRewritable(IFileSystem volume, string path, DateTimeOffset now)
        => volume is IRewritableFiles files ? files.OpenRewritable(path) : RewrittenFile.Open(volume, path, now);

    /// <summary>Takes away what a log would be recovered by: its base block, and the beginning of each entry, or the bitmap.</summary>
    private static void Empty(IRewritableFile log, Stream content)
    {
        byte[] sector = new byte[LogFile.SectorSize];
        byte[] zeros = new byte[LogFile.SectorSize];
        long length = Math.Min(content.Length, LogFile.MaximumLength);
        for (long position = 0; position + sector.Length <= length; position += sector.Length)
        {
            StreamContent.Fill(content, "log", position, sector, 0, sector.Length);
            if (position == 0 || sector.AsSpan().StartsWith("HvLE"u8) || sector.AsSpan().StartsWith("DIRT"u8))
            {
                log.Write(position, zeros);
            }
        }
    }

    private static DiskRepairException Refuse(string path, string reason)
        => new(DiskRepairProblem.HiveNotRepairable, path, $"The hive {path} must not be written: {reason}. Nothing was changed.", "Start the guest once, and shut it down.");

    private static DiskRepairException NotSupported(string subject, string reason) => new(DiskRepairProblem.RegistryChangeNotSupported, subject, reason + " Nothing was changed.");

    private void FreeKey(RegistryKey key)
    {
        foreach (RegistryKey below in key.GetSubKeys().ToList())
        {
            FreeKey(below);
        }

        RequireValues(key.Cell, key.Path);
        new SubKeyIndex(_cells, key.Cell).Free();
        new KeyValues(_cells, key.Cell).Free();
        uint classCell = _cells.ReadUInt32(key.Cell, KeyCell.Class);
        if (classCell != RegistryHive.NoCell && _cells.ReadUInt16(key.Cell, KeyCell.ClassLength) > 0)
        {
            _cells.Free(classCell);
        }

        ReleaseSecurity(_cells.ReadUInt32(key.Cell, KeyCell.Security));
        _cells.Free(key.Cell);
    }

    /// <summary>Counts a key less at its security descriptor, which goes with the last one (regf specification, "Key security").</summary>
    private void ReleaseSecurity(uint security)
    {
        const int next = 4;
        const int before = 8;
        if (security == RegistryHive.NoCell)
        {
            return;
        }

        RequireSecurity(security);
        uint count = _cells.ReadUInt32(security, SecurityCount);
        if (count > 1)
        {
            _cells.WriteUInt32(security, SecurityCount, count - 1);
            return;
        }

        uint following = _cells.ReadUInt32(security, next);
        uint preceding = _cells.ReadUInt32(security, before);
        RequireSecurity(following);
        RequireSecurity(preceding);
        _cells.WriteUInt32(preceding, next, following);
        _cells.WriteUInt32(following, before, preceding);
        _cells.Free(security);
    }

    private void RequireSecurity(uint security)
    {
        if (_cells.Read(security, 0, 2) is not [(byte)'s', (byte)'k'])
        {
            throw Hive.Damaged(BaseBlock.Size + (long)security, "A security descriptor's cell does not begin with 'sk'.", "regf, Key security");
        }
    }

    private void RequireValues(uint cell, string key)
    {
        if ((_cells.ReadUInt16(cell, KeyCell.Flags) & KeyCell.PredefinedHandle) != 0)
        {
            throw NotSupported(key, $"The key {key} stands for another one, and has no values of its own.");
        }
    }

    private void Touch(uint key)
    {
        byte[] time = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(time, _now.ToFileTime());
        _cells.Write(key, KeyCell.LastWritten, time);
        Hive.Refresh();
    }
}

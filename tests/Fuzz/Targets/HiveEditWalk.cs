using AzImageTools.Disks;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Writing;
using AzImageTools.Disks.Volumes;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be changed in a registry hive: each change is in it afterwards, and its file as long as before; or it is refused and nothing is written.</summary>
internal static class HiveEditWalk
{
    private const int MostChanges = 6;
    private const int LargestData = 40_000;

    private static readonly string[] Keys = [@"ControlSet001\Services\Tcpip\Parameters", @"ControlSet001\Services\cdrom", @"Setup", @"Contoso\Below\It", @"Objects", @"Microsoft\Windows", string.Empty];

    public static bool Change(MutableImage image, FuzzRandom random)
    {
        byte[] content = new byte[image.Length];
        using (ImageStream stream = new(image))
        {
            stream.ReadExactly(content);
        }

        HiveFile files = new(content);
        HiveEditor? opened = null;
        Attempt(() => opened = HiveEditor.Open(files, "hive", DateTimeOffset.UnixEpoch));
        if (opened is null)
        {
            Require(!files.IsWritten, "A hive was refused, and written.");
            return false;
        }

        (string Key, byte[] Data)? last = null;
        using (HiveEditor editor = opened)
        {
            bool isRefused = false;
            for (int i = 0; i < 1 + random.Below(MostChanges) && !isRefused; i++)
            {
                string key = random.Pick(Keys);
                byte[] data = new byte[random.OneIn(4) ? random.Below(LargestData) : random.Below(64)];
                isRefused = !Attempt(() =>
                {
                    switch (random.Below(5))
                    {
                        case 0:
                            editor.RemoveKey(key);
                            last = null;
                            break;
                        case 1:
                            editor.RemoveValue(key, "Start");
                            break;
                        default:
                            editor.SetValue(key, "Fuzz", RegistryValueType.Binary, data);
                            last = (key, data);
                            break;
                    }
                });
            }

            Require(!files.IsWritten, "A hive was written before it was saved.");
            if (isRefused || !Attempt(editor.Save))
            {
                Require(!files.IsWritten, "A change was refused, and the hive written.");
                return true;
            }
        }

        if (last is { } made && files.IsWritten)
        {
            using RegistryHive hive = RegistryHive.Open(files, "hive");
            Require(hive.OpenKey(made.Key)?.GetValue("Fuzz")?.Data.Span.SequenceEqual(made.Data) == true, "A value that was set is not in the hive.");
        }

        return HiveWalk.Read(new MutableImage(files.Content));
    }

    private static bool Attempt(Action change)
    {
        try
        {
            change();
            return true;
        }
        catch (Exception exception) when (exception is DiskFormatException or DiskRepairException)
        {
            return false;
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(otherwise);
        }
    }

    /// <summary>A file in memory that is rewritten in place.</summary>
    private sealed class HiveFile(byte[] content) : IFileSystem, IRewritableFiles, IRewritableFile
    {
        public byte[] Content => content;

        public bool IsWritten { get; private set; }

        public FileSystemKind Kind => FileSystemKind.Ntfs;

        public string Label => string.Empty;

        public long Capacity => content.Length;

        public long? FreeBytes => null;

        public bool? IsDirty => false;

        public long Length => content.Length;

        public FileSystemEntry? GetEntry(string path) => path == "hive" ? new FileSystemEntry { Name = path, Path = path, IsDirectory = false, Length = content.Length } : null;

        public IEnumerable<FileSystemEntry> Enumerate(string path) => [];

        public Stream OpenFile(string path) => new MemoryStream([.. content]);

        public IEnumerable<DiskExtent> GetFreeExtents() => [];

        public IRewritableFile OpenRewritable(string path) => this;

        public void Write(long position, ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(content.AsSpan((int)position));
            IsWritten = true;
        }
    }
}

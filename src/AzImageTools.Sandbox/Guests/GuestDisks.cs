using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Guests;

/// <summary>The disks of guests, embedded as make-guests.sh packed them: lays them onto a machine's disk, and knows them again by their content.</summary>
internal static class GuestDisks
{
    private const int PageSize = 4096;

    /// <summary>No disk of a guest is larger; what lies behind is not looked at.</summary>
    private const long Largest = 64L << 20;

    private static readonly Lazy<Pack> Loaded = new(Load);

    /// <summary>Writes a guest's disk onto one of zeros that may be larger.</summary>
    /// <param name="name">Which.</param>
    /// <param name="target">At least as long as the guest's disk.</param>
    /// <param name="capacity">The target's, in bytes, without a footer.</param>
    public static void Lay(string name, PageData target, long capacity)
    {
        var pack = Loaded.Value;
        var disk = pack.Disks[name];
        foreach (var (number, index) in disk.Pages)
        {
            var start = (long)number * PageSize;
            var length = Math.Min(PageSize, capacity - start);
            if (length > 0)
            {
                target.Write(new PageRange(start, start + length), pack.Content[index]);
            }
        }

        GptTable.Move(target, capacity);
    }

    /// <summary>The guest whose disk this is, whatever its size; null for one that is not known.</summary>
    public static Guest? Recognize(PageBlob? disk)
    {
        var head = new byte[1024];
        if (disk is not null)
        {
            ReadFully(disk.Data, 0, head, head.Length);
        }

        if (disk is null || !Loaded.Value.Marks.Contains(MarkOf(head)))
        {
            return null;
        }

        var end = IsGpt(head) ? GptTable.FirstPageOfCopy(disk.Data.Length - VhdFooter.Size) : long.MaxValue;
        var hash = HashOf(ReadPages(disk.Data).Where(page => page.Number < end));
        return Loaded.Value.Disks.Values.FirstOrDefault(known => known.Hash == hash) is { } found ? Guest.Find(found.Name) : null;
    }

    private static bool IsGpt(byte[] head) => Encoding.ASCII.GetString(head, 512, 8) is "EFI PART";

    /// <summary>The identifier of the partition table: of a GPT its GUID, else the signature of the MBR.</summary>
    private static string MarkOf(byte[] head)
        => IsGpt(head) ? new Guid(head.AsSpan(568, 16).ToArray()).ToString() : BitConverter.ToString(head, 440, 4);

    /// <summary>Numbers and content of the pages that hold something, the partition table left out, which differs with the size of the disk.</summary>
    private static IEnumerable<(int Number, byte[] Content)> ReadPages(PageData data)
    {
        var end = Math.Min(Largest, data.Length - VhdFooter.Size);
        var last = -1;
        foreach (var range in data.GetWritten(new PageRange(0, end)))
        {
            for (var number = Math.Max(last + 1, (int)(range.Start / PageSize)); (long)number * PageSize < Math.Min(end, range.End); number++)
            {
                last = number;
                var page = new byte[PageSize];
                ReadFully(data, (long)number * PageSize, page, (int)Math.Min(PageSize, end - ((long)number * PageSize)));
                if (Array.Exists(page, value => value != 0))
                {
                    yield return (number, page);
                }
            }
        }
    }

    private static void ReadFully(PageData data, long offset, byte[] buffer, int count)
    {
        for (var done = 0; done < count;)
        {
            var read = data.Read(offset + done, buffer.AsSpan(done, count - done));
            if (read == 0)
            {
                return;
            }

            done += read;
        }
    }

    private static string HashOf(IEnumerable<(int Number, byte[] Content)> pages)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (number, content) in pages.Where(page => page.Number >= GptTable.FirstPageBehind))
        {
            hash.AppendData(BitConverter.GetBytes(number));
            hash.AppendData(content);
        }

        return Convert.ToBase64String(hash.GetHashAndReset());
    }

    private static Pack Load()
    {
        using var stream = typeof(GuestDisks).Assembly.GetManifestResourceStream("guests.bin.gz") ?? throw new InvalidOperationException("The sandbox lacks guests.bin.gz.");
        using var unpacked = new GZipStream(stream, CompressionMode.Decompress);
        using var reader = new BinaryReader(unpacked, Encoding.ASCII);
        var content = new byte[reader.ReadInt32()][];
        for (var index = 0; index < content.Length; index++)
        {
            content[index] = reader.ReadBytes(PageSize);
        }

        var disks = new Dictionary<string, Disk>(StringComparer.Ordinal);
        var marks = new HashSet<string>(StringComparer.Ordinal);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var name = Encoding.ASCII.GetString(reader.ReadBytes(reader.ReadByte()));
            var length = reader.ReadInt64();
            var all = new (int Number, int Index)[reader.ReadInt32()];
            for (var index = 0; index < all.Length; index++)
            {
                all[index] = (reader.ReadInt32(), reader.ReadInt32());
            }

            // The copy of a GPT at the disk's end is made anew for each size.
            var pages = IsGpt(content[all[0].Index]) ? [.. all.Where(page => page.Number < GptTable.FirstPageOfCopy(length))] : all;
            marks.Add(MarkOf(content[all[0].Index]));
            disks.Add(name, new Disk(name, pages, HashOf(pages.Select(page => (page.Number, content[page.Index])))));
        }

        return new Pack(content, disks, marks);
    }

    private sealed record Pack(byte[][] Content, Dictionary<string, Disk> Disks, HashSet<string> Marks);

    private sealed record Disk(string Name, (int Number, int Index)[] Pages, string Hash);
}

using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Backup;

/// <summary>
/// A machine's model in the tags of what is backed up: there it needs no storage account, outlives the machine, is found with its disks, and goes
/// with them. A tag's value has room for 256 characters (Microsoft.Resources), so that the model is compressed (RFC 1951) and written in parts.
/// Who may write tags may write another model: it is bounded and checked where it is read, and the plan of a restore tells what it makes.
/// </summary>
internal static class ModelTags
{
    /// <summary>The tag that tells of which machine the backup is, as <c>group/name</c>.</summary>
    public const string Source = "azimagetools-source";

    /// <summary>The tag that tells what it was made for.</summary>
    public const string Purpose = "azimagetools-purpose";

    /// <summary>The value of <see cref="Purpose"/>.</summary>
    public const string Backup = "backup";

    /// <summary>The tag with the parts' number and the digest of all.</summary>
    public const string Digest = ResourceNameService.BackupTag;

    /// <summary>The id of the error that there is no room for a model.</summary>
    public const string TooLarge = "BackupModelTooLarge";

    private const int MostTags = 50;
    private const int LongestValue = 256;

    /// <summary>The run's, the source's, the purpose's and the digest's, and one of a capture's.</summary>
    private const int OtherTags = 5;

    /// <summary>Far more than any machine's model: a forged one may unpack to anything.</summary>
    private const int MostBytes = 1 << 20;

    /// <summary>The tags of all that belongs to a backup.</summary>
    public static IReadOnlyDictionary<string, string> For(MachineModel model, IReadOnlyDictionary<string, string>? userTags)
    {
        Dictionary<string, string> tags = userTags?.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.OrdinalIgnoreCase) ?? new(StringComparer.OrdinalIgnoreCase);
        ResourceIdentifier id = new(model.Id);
        tags[Source] = $"{id.ResourceGroupName}/{id.Name}";
        tags[Purpose] = Backup;
        return tags;
    }

    /// <summary>The tags of what holds the model.</summary>
    /// <exception cref="ImageServiceException">There is no room for it (BackupModelTooLarge).</exception>
    public static IReadOnlyDictionary<string, string> WithModel(MachineModel model, IReadOnlyDictionary<string, string>? userTags)
    {
        byte[] bytes = Pack(model.Write());
        string text = Convert.ToBase64String(bytes);
        int parts = (text.Length + LongestValue - 1) / LongestValue;
        int room = MostTags - OtherTags - (userTags?.Count ?? 0);
        if (parts > room)
        {
            throw new ImageServiceException(
                TooLarge,
                ErrorKind.NotSupported,
                $"What the machine consists of takes {parts} tags beside its disks, and there is room for {room}.",
                userTags is { Count: > 0 } ? "Give fewer tags with -Tag." : "Remove tags or extensions of the machine, or back its disks up one by one with New-AzSnapshot.",
                model.Id);
        }

        Dictionary<string, string> tags = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, string> tag in For(model, userTags))
        {
            tags[tag.Key] = tag.Value;
        }

        tags[Digest] = string.Format(CultureInfo.InvariantCulture, "{0} {1}", parts, DigestOf(bytes));
        for (int part = 0; part < parts; part++)
        {
            tags[NameOf(part)] = text.Substring(part * LongestValue, Math.Min(LongestValue, text.Length - part * LongestValue));
        }

        return tags;
    }

    /// <summary>Whether something with these tags holds a model.</summary>
    public static bool HaveModel(IReadOnlyDictionary<string, string> tags) => tags.ContainsKey(Digest);

    /// <summary>Reads the model.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="target">What has them, for the error.</param>
    /// <exception cref="ImageServiceException">There is none (BackupNotFound), or it is damaged (BackupModelDamaged).</exception>
    public static MachineModel Read(IReadOnlyDictionary<string, string> tags, string target)
    {
        if (!tags.TryGetValue(Digest, out string? digest))
        {
            throw new ImageServiceException(
                "BackupNotFound", ErrorKind.InvalidArgument, $"{target} holds no backup of a machine: it has no model of one in its tags.", "Name the OS disk's snapshot, or the restore point collection, that Backup-AzVMDisk made.", target);
        }

        try
        {
            string[] words = digest.Split(' ');
            int parts = int.Parse(words[0], NumberStyles.None, CultureInfo.InvariantCulture);
            byte[] bytes = Convert.FromBase64String(string.Concat(Enumerable.Range(0, Math.Min(parts, MostTags)).Select(part => tags[NameOf(part)])));
            if (words.Length != 2 || DigestOf(bytes) != words[1])
            {
                throw Damaged(target, "its checksum is another", cause: null);
            }

            MachineModel model = MachineModel.Read(Unpack(bytes));
            return model.Version <= MachineModel.CurrentVersion && model.Disks.Count > 0 && model.Disks[0].Lun is null
                ? model
                : throw Damaged(target, model.Version > MachineModel.CurrentVersion ? "a newer version of this module wrote it" : "it has no OS disk", cause: null);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or KeyNotFoundException or InvalidDataException or JsonException or InvalidOperationException)
        {
            throw Damaged(target, "a part is missing or was changed", exception);
        }
    }

    private static ImageServiceException Damaged(string target, string why, Exception? cause) => new(
        "BackupModelDamaged",
        ErrorKind.InvalidData,
        $"The machine's model in the tags of {target} can't be used: {why}.",
        "Its disks can be made of the snapshots all the same (New-AzDiskConfig -CreateOption Copy).",
        target,
        cause);

    private static string NameOf(int part) => string.Format(CultureInfo.InvariantCulture, "{0}-{1:00}", Digest, part);

    private static string DigestOf(byte[] bytes)
    {
#if NET
        byte[] sum = SHA256.HashData(bytes);
#else
        using SHA256 hash = SHA256.Create();
        byte[] sum = hash.ComputeHash(bytes);
#endif
        return string.Concat(sum.Take(8).Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
    }

    private static byte[] Pack(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (DeflateStream deflate = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(bytes, 0, bytes.Length);
        }

        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed)
    {
        using DeflateStream deflate = new(new MemoryStream(packed), CompressionMode.Decompress);
        using MemoryStream bytes = new();
        byte[] buffer = new byte[16 * 1024];
        for (int read = deflate.Read(buffer, 0, buffer.Length); read > 0; read = deflate.Read(buffer, 0, buffer.Length))
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MostBytes)
            {
                throw new InvalidDataException("It unpacks to more than any machine's model.");
            }
        }

        return bytes.ToArray();
    }
}

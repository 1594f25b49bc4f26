using System.Text;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Tests.Download;

/// <summary>What an interrupted download left, made to tell of other bytes than the service's, journal and file alike.</summary>
internal static class ForgedDownload
{
    /// <summary>Changes each chunk of a file, and tells of it in its journal.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="file">The fixed VHD that is not whole yet.</param>
    public static void Forge(string journal, string file)
    {
        string[] lines = File.ReadAllLines(journal);
        List<byte> forged = [.. Encoding.ASCII.GetBytes(lines[0] + "\n")];
        using FileStream disk = new(file, FileMode.Open, FileAccess.ReadWrite);
        foreach (string line in lines.Skip(1))
        {
            Assert.True(JournalFormat.TryRead(Encoding.ASCII.GetBytes(line), RawDisk.Capacity, out SentChunk? chunk) && chunk is not null);
            byte[] bytes = new byte[chunk!.Length];
            disk.Position = chunk.Offset;
            disk.ReadExactly(bytes);
            bytes[7] ^= 1;
            disk.Position = chunk.Offset;
            disk.Write(bytes);
            forged.AddRange(JournalFormat.Write(chunk with { Ranges = [new SentRange(chunk.Offset, chunk.Length, Crc64Nvme.Compute(bytes))] }));
        }

        disk.Flush();
        Assert.NotEqual(1, lines.Length);
        File.WriteAllBytes(journal, [.. forged]);
    }
}

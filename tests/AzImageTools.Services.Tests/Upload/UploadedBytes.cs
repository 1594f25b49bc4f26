using System.Globalization;
using System.Security.Cryptography;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Judges what a service holds after an upload.</summary>
internal static class UploadedBytes
{
    /// <summary>The bytes equal the disk's, are zero up to the rounded capacity, and end with a footer that others read so.</summary>
    public static async Task EqualAsync(TestDisk disk, string source, string held, VhdUpload upload)
    {
        byte[] bytes = await File.ReadAllBytesAsync(held);
        Assert.Equal(disk.RoundedCapacity + 512, bytes.LongLength);
        Assert.Equal(disk.ContentSha256, Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, (int)disk.Capacity))));
        Assert.False(bytes.AsSpan((int)disk.Capacity, (int)(disk.RoundedCapacity - disk.Capacity)).ContainsAnyExcept((byte)0));
        Assert.Equal("conectix"u8.ToArray(), bytes.AsSpan((int)disk.RoundedCapacity, 8).ToArray());
        Assert.Equal(Crc64Nvme.AppendByTables(Crc64Nvme.Empty, bytes.AsSpan(0, (int)disk.RoundedCapacity)).ToString("X16", CultureInfo.InvariantCulture), upload.Crc64);
        Assert.Equal(disk.RoundedCapacity, upload.Capacity);
        Assert.Equal(upload.Capacity, upload.BytesSkipped + upload.BytesSent - 512);
        Assert.True(upload.Verified);
        Assert.Equal(source, upload.SourcePath);

        if (ExternalTool.Find("qemu-img") is null)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("not installed here: qemu-img, so only our own comparison was made");
            return;
        }

        string info = await ExternalTool.RunAsync("qemu-img", "info", "-f", "vpc", "--output", "json", held);
        Assert.Contains($"\"virtual-size\": {disk.RoundedCapacity}", info);
        string format = Path.GetExtension(source) switch { ".raw" => "raw", ".vhdx" => "vhdx", _ => "vpc,force_size_calc=current_size" };
        await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", $"driver={format},file.filename={source}", $"driver=vpc,file.filename={held}");
    }
}

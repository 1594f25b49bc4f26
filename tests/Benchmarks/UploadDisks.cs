using System.Globalization;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>The disks that uploads are measured with.</summary>
/// <param name="folder">Where they lie.</param>
internal sealed class UploadDisks(string folder)
{
    private const long Gibibyte = 1L << 30;

    /// <summary>Makes a guest's disk once, and returns its path.</summary>
    public string CreateRaw(long size)
    {
        string raw = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"guest-{size}.raw"));
        if (File.Exists(raw))
        {
            return raw;
        }

        string unfinished = Path.Combine(folder, "unfinished.raw");
        if (NtfsMount.Hindrance is null)
        {
            NtfsGuestDisk.Create(unfinished, size);
        }
        else
        {
            GuestDisk.Create(unfinished, size);
        }

        File.Move(unfinished, raw);
        return raw;
    }

    /// <summary>A fixed VHD of 32 GiB with 128 MiB of data in pieces of 1 MiB.</summary>
    public string CreateSparse()
    {
        string raw = Path.Combine(folder, "disk.raw");
        byte[] data = new byte[1 << 20];
        using (FileStream file = File.Create(raw))
        {
            file.SetLength(32 * Gibibyte);
            for (int i = 0; i < 128; i++)
            {
                new Random(i).NextBytes(data);
                RandomAccess.Write(file.SafeFileHandle, data, i * 256L * data.Length);
            }
        }

        string vhd = Convert(raw);
        File.Delete(raw);
        return vhd;
    }

    /// <summary>Makes a VHDX of a guest's disk.</summary>
    public string CreateVhdx(long size)
    {
        string raw = CreateRaw(size);
        string vhdx = Path.Combine(folder, "disk.vhdx");
        Measurement.Take("qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", "subformat=dynamic,block_size=2M", raw, vhdx);
        return vhdx;
    }

    /// <summary>Makes a fixed VHD of a guest's disk.</summary>
    public string CreateFixed(long size) => Convert(CreateRaw(size));

    /// <summary>Makes a fixed VHD of a raw disk.</summary>
    private string Convert(string raw)
    {
        string vhd = Path.Combine(folder, "disk.vhd");
        using VirtualDisk disk = DiskOpener.Open(raw);
        VhdConverter.Prepare(new OpenedImage(disk), vhd, new VhdConversionOptions { Force = true, FlushesToDevice = false }).Run();
        return vhd;
    }
}

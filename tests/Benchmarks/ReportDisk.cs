using System.Globalization;
using AzImageTools.TestKit;

namespace AzImageTools.Benchmarks;

/// <summary>
/// Makes a large disk with the Windows of the test disks on it: GPT, one NTFS volume, thousands of folders and files beside, hives
/// padded with keys, and a long log of Sysprep. It takes ntfs-3g, sgdisk and root, and the room of its data only.
/// </summary>
internal static class ReportDisk
{
    private const long Mebibyte = 1L << 20;
    private const int ReadyVolumeStart = 36;
    private const int ReadyVolumeLength = 24;
    private const int FilesInFolder = 20;

    /// <summary>Makes the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">The disk's size in bytes.</param>
    /// <param name="files">How many small files lie beside Windows, twenty in a folder.</param>
    /// <param name="data">How many bytes that can't be compressed lie beside Windows, in one file.</param>
    public static void Create(string path, long size, int files, long data = 0)
    {
        string folder = Path.GetDirectoryName(path)!;
        string volume = Path.Combine(folder, "volume.img");
        string source = Path.Combine(folder, "source.img");
        using TempFolder unpacked = new();
        CutOut(TestFile.Unpack("disks/ready.raw", unpacked), source);

        long volumeLength = size - (3 * Mebibyte);
        using (FileStream file = File.Create(volume))
        {
            file.SetLength(volumeLength);
        }

        Measurement.Take("mkntfs", "-F", "-Q", "-q", "-L", "Windows", "-p", "4096", "-H", "255", "-S", "63", volume);
        CopyGuest(source, volume, folder, files / FilesInFolder, data);
        using (FileStream file = File.Create(path))
        {
            file.SetLength(size);
        }

        Measurement.Take("sgdisk", "-a", "2048", "-n", "1:2048:+" + (volumeLength / 1024).ToString(CultureInfo.InvariantCulture) + "K", "-t", "1:0700", path);
        using (FileStream file = File.OpenWrite(path))
        {
            GuestDisk.CopyTo(file, Mebibyte, volume);
        }

        File.Delete(volume);
        File.Delete(source);
    }

    private static void CutOut(string disk, string volume)
    {
        byte[] content = new byte[ReadyVolumeLength * Mebibyte];
        using FileStream file = File.OpenRead(disk);
        file.Position = ReadyVolumeStart * Mebibyte;
        file.ReadExactly(content);
        File.WriteAllBytes(volume, content);
    }

    private static void CopyGuest(string source, string volume, string folder, int folders, long data)
    {
        string from = Directory.CreateDirectory(Path.Combine(folder, "from")).FullName;
        string to = Directory.CreateDirectory(Path.Combine(folder, "to")).FullName;
        Measurement.Take("ntfs-3g", "-o", "ro", source, from);
        Measurement.Take("ntfs-3g", volume, to);
        try
        {
            Measurement.Take("cp", "-r", from + "/.", to);
            for (int index = 0; index < folders; index++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"Users/Public/{index / 50}/{index}");
                Directory.CreateDirectory(Path.Combine(to, name));
                for (int file = 0; file < FilesInFolder; file++)
                {
                    File.WriteAllText(Path.Combine(to, name, string.Create(CultureInfo.InvariantCulture, $"document {file}.txt")), "text");
                }
            }

            if (data > 0)
            {
                Measurement.Take("dd", "if=/dev/urandom", "of=" + Path.Combine(to, "Users/Public/data"), "bs=1M", "count=" + (data / Mebibyte).ToString(CultureInfo.InvariantCulture), "status=none");
            }

            Directory.CreateDirectory(Path.Combine(to, "Windows/System32/Sysprep/Panther"));
            File.WriteAllLines(
                Path.Combine(to, "Windows/System32/Sysprep/Panther/setupact.log"),
                Enumerable.Repeat("2026-03-20 15:23:15, Info                  SYSPRP SysprepSession::CreateXPathForSelection: Processor architecture in registry is AMD64", 100_000));
        }
        finally
        {
            Measurement.Take("umount", from);
            Measurement.Take("umount", to);
        }
    }
}

using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>The two headers of a VHDX, of which a writer replaces the older one ([MS-VHDX] 2.2.2).</summary>
public sealed class VhdxHeaderTests : IDisposable
{
    private const int FirstHeader = 64 * 1024;
    private const int SecondHeader = 128 * 1024;
    private const int HeaderSize = 4096;

    private static readonly Guid Newer = new("0F0F0F0F-1111-4222-8333-444444444444");
    private static readonly Guid Older = new("F0F0F0F0-5555-4666-8777-888888888888");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(8ul, 7ul)]
    [InlineData(7ul, 8ul)]
    [InlineData(ulong.MaxValue, 0ul)]
    [InlineData(0ul, ulong.MaxValue)]
    public void The_header_with_the_higher_sequence_number_is_taken(ulong first, ulong second)
    {
        string path = new VhdxBuilder(16 << 20).Block(0, new byte[1 << 20]).Save(_folder.File("headers.vhdx"));
        ChangeHeader(path, FirstHeader, first, first > second ? Newer : Older);
        ChangeHeader(path, SecondHeader, second, second > first ? Newer : Older);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(Newer, disk.Identifier);
        Assert.Empty(disk.Problems);
    }

    private static void ChangeHeader(string path, long offset, ulong sequenceNumber, Guid dataWriteGuid)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        byte[] header = new byte[HeaderSize];
        RandomAccess.Read(file.SafeFileHandle, header, offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sequenceNumber);
        dataWriteGuid.TryWriteBytes(header.AsSpan(32));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), StructureChecksum.Crc32COf(header, 4));
        RandomAccess.Write(file.SafeFileHandle, header, offset);
    }
}

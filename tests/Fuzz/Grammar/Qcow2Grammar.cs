using System.IO.Compression;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// QCOW2 images of both versions: tables that all are one, clusters that are their own table, compressed clusters that share
/// or overlap, subclusters, reference counts of any width, capacities that are far more than the file.
/// </summary>
internal sealed class Qcow2Grammar
{
    private const ulong Copied = 1UL << 63;
    private const ulong Compressed = 1UL << 62;
    private const int MostClusters = 200;
    private const int MostEntries = 4096;

    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly int _clusterBits;
    private readonly bool _isExtended;
    private readonly int _version;
    private readonly List<long> _clusters = [];
    private byte[]? _packed;
    private byte[]? _bomb;
    private long _next;

    private Qcow2Grammar(FuzzRandom random)
    {
        _random = random;
        _version = random.OneIn(3) ? 2 : 3;
        _isExtended = _version == 3 && random.OneIn(5);
        _clusterBits = _isExtended ? 14 : random.OneIn(100) ? 21 : random.OneIn(20) ? 16 : random.Pick([9, 10, 12, 14]);
        _canvas = new Canvas(ClusterSize * MostClusters, random);
    }

    private static byte[] Pack(long length)
    {
        using MemoryStream packed = new();
        using (DeflateStream deflate = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(new byte[length]);
        }

        return packed.ToArray();
    }

    private long ClusterSize => 1L << _clusterBits;

    public static MutableImage Make(FuzzRandom random)
    {
        Qcow2Grammar grammar = new(random);
        grammar.Write();
        return grammar._canvas.Image;
    }

    private long Take(long count = 1)
    {
        long place = _next;
        _next = Math.Min(_next + (count * ClusterSize), ClusterSize * (MostClusters - 1));
        return place;
    }

    private void Write()
    {
        _ = Take();
        int entrySize = _isExtended ? 16 : 8;
        long perTable = (ClusterSize / entrySize) << _clusterBits;
        long level1Entries = 1 + _random.Below(_random.OneIn(6) ? 4000 : 6);
        long level1Clusters = ((level1Entries * 8) + ClusterSize - 1) / ClusterSize;
        long level1 = Take(level1Clusters);
        long refcounts = Take();
        long block = Take();
        WriteHeader(_random.OneIn(2) ? (level1Entries * perTable) - 512 : Math.Max(512, (_random.Below(level1Entries * perTable) / 512 * 512)), level1Entries, level1, refcounts);
        bool isOneTable = _random.OneIn(6);
        long table = 0;
        for (int i = 0; i < level1Entries; i++)
        {
            bool isNew = !isOneTable || table == 0;
            if ((i > 5 || _random.OneIn(3)) && !isOneTable)
            {
                continue;
            }

            if (isNew)
            {
                table = Take();
                FillTable(table, entrySize);
            }

            _canvas.Big64(level1 + (i * 8), (ulong)table | Copied);
        }

        _canvas.Big64(refcounts, (ulong)block);
        for (int i = 0; i < _next / ClusterSize && i < ClusterSize / 2; i++)
        {
            _canvas.Big16(block + (i * 2), 1);
        }
    }

    private void WriteHeader(long capacity, long level1Entries, long level1, long refcounts)
    {
        _canvas.Bytes(0, [0x51, 0x46, 0x49, 0xFB]);
        _canvas.Big32(4, _version);
        _canvas.Big32(20, _clusterBits);
        _canvas.Big64(24, (ulong)capacity);
        _canvas.Big32(36, level1Entries);
        _canvas.Big64(40, (ulong)level1);
        _canvas.Big64(48, (ulong)refcounts);
        _canvas.Big32(56, 1);
        _canvas.Big32(60, _random.OneIn(20) ? 3 : 0);
        _canvas.Big64(64, 0);
        if (_version == 3)
        {
            _canvas.Big64(72, _isExtended ? 16UL : 0);
            _canvas.Big64(80, 0);
            _canvas.Big64(88, 0);
            _canvas.Big32(96, _random.OneIn(6) ? _random.Below(7) : 4);
            _canvas.Big32(100, 104);
            WriteExtensions();
        }
    }

    private void WriteExtensions()
    {
        long place = 104;
        for (int count = _random.OneIn(10) ? 60 : _random.Below(3); count > 0 && place < ClusterSize - 60; count--)
        {
            _canvas.Big32(place, _random.Pick([0x6803F857L, 0x23852875, 0x12345678]));
            int length = _random.Pick([0, 8, 48]);
            _canvas.Big32(place + 4, length);
            place += 8 + length;
        }
    }

    private void FillTable(long table, int entrySize)
    {
        long entries = Math.Min(MostEntries, ClusterSize / entrySize);
        int every = _random.Pick([1, 2, 7, 50]);
        bool isOne = _random.OneIn(5);
        for (long i = 0; i < entries; i++)
        {
            long place = table + (i * entrySize);
            if (i % every != 0)
            {
                continue;
            }

            ulong entry = _random.Below(12) switch
            {
                0 => 1,
                1 => 0,
                2 or 3 when !_isExtended => AddCompressed(),
                4 when _clusters.Count > 0 => (ulong)_random.Pick(_clusters) | Copied,
                _ => (isOne && _clusters.Count > 0 ? (ulong)_clusters[0] : AddCluster()) | Copied,
            };
            _canvas.Big64(place, entry);
            if (_isExtended)
            {
                _canvas.Big64(place + 8, _random.OneIn(3) ? uint.MaxValue : _random.Next() & uint.MaxValue);
            }
        }
    }

    private ulong AddCluster()
    {
        long place = Take();
        _canvas.Bytes(place, "data"u8);
        _clusters.Add(place);
        return (ulong)place;
    }

    /// <summary>Deflated zeros: of a cluster, or of far more than one.</summary>
    private ulong AddCompressed()
    {
        int offsetBits = 62 - (_clusterBits - 8);
        byte[] packed = _random.OneIn(10) ? _bomb ??= Pack(ClusterSize * 16) : _packed ??= Pack(ClusterSize);
        long place = Take() + _random.Below(64);
        _canvas.Bytes(place, packed);
        long sectors = ((place % 512) + packed.Length + 511) / 512;
        return Compressed | ((ulong)(sectors - 1) << offsetBits) | (ulong)place;
    }
}

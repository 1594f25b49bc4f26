using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>A machine that answers every question with whatever a seed makes of it.</summary>
internal sealed class HostileGuest(int seed, bool isLive, GuestFamily family) : Guest
{
    private const int Answers = 12;
    private const string Alphabet = "\0\r\n\\,:;=?%|[]{}\u001b\u202e\ud800\udc00aZ09";

    private static readonly string?[] Distributions = [null, "debian", "ubuntu", "rhel", "sles", "flatcar"];

    private readonly Random _random = new(seed);

    public override string Target => "hostile";

    public override GuestIdentity? Identity { get; } = new()
    {
        Family = family,
        Distribution = Distributions[(uint)seed % Distributions.Length],
        KernelVersions = ["6.1.0-1-amd64"],
    };

    public override DiskInfo? Disk => _random.Next(2) == 0 ? null : Sample.Disk with { Capacity = _random.NextInt64(long.MaxValue) };

    public override LiveFacts? Live { get; } = isLive ? new LiveFacts() : null;

    public override IReadOnlyList<GuestVolume> Volumes =>
        [.. Enumerable.Range(0, _random.Next(3)).Select(index => new GuestVolume { Name = Text(), FileSystem = (FileSystemKind)_random.Next(6), HoldsOperatingSystem = index == 0 })];

    public override bool KeyExists(string key) => Answer() is not null;

    public override object? GetValue(string key, string name) => Answer();

    public override IReadOnlyList<string> GetValueNames(string key) => Names();

    public override IReadOnlyList<string> GetSubkeyNames(string key) => Names();

    public override FileSystemEntry? GetFile(string path)
        => Answer() is null ? null : new FileSystemEntry { Name = Text(), Path = Text(), IsDirectory = _random.Next(4) == 0, Length = _random.NextInt64() };

    public override IEnumerable<FileSystemEntry> Enumerate(string path)
        => Names().Select(name => new FileSystemEntry { Name = name, Path = name, IsDirectory = _random.Next(3) == 0, IsLink = _random.Next(4) == 0, Length = _random.Next(2) == 0 ? _random.Next(3) : _random.NextInt64(), IsEncrypted = _random.Next(9) == 0 });

    public override Stream OpenFile(string path)
    {
        Answer();
        return new MemoryStream(Bytes());
    }

    private object? Answer() => _random.Next(Answers) switch
    {
        0 => throw new DiskFormatException("SYSTEM", 0, "A cell is damaged."),
        1 => throw new EvidenceUnavailableException("It is lost."),
        2 => (uint)_random.Next(5),
        3 => (uint)_random.Next(),
        4 => (ulong)_random.NextInt64(),
        5 => Text(),
        6 => Enumerable.Range(0, _random.Next(4)).Select(_ => Text()).ToArray(),
        7 => Bytes(),
        8 => _random.Next(100_000).ToString(System.Globalization.CultureInfo.InvariantCulture),
        9 => "Server",
        _ => null,
    };

    private string[] Names()
    {
        Answer();
        return [.. Enumerable.Range(0, _random.Next(20)).Select(_ => Text())];
    }

    private string Text() => new([.. Enumerable.Range(0, _random.Next(12)).Select(_ => Alphabet[_random.Next(Alphabet.Length)])]);

    private byte[] Bytes()
    {
        byte[] bytes = new byte[_random.Next(40)];
        _random.NextBytes(bytes);
        return bytes;
    }
}

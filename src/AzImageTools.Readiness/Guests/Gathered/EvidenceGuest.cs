using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>
/// A machine that runs elsewhere, seen through the evidence that a script gathered on it: collect-windows.ps1 or
/// collect-linux.sh, which come with the module. What was not gathered is unavailable. Everything in it may have been made to harm.
/// </summary>
public sealed class EvidenceGuest : Guest
{
    private readonly EvidenceDocument _evidence;
    private readonly List<string> _problems = [];

    private EvidenceGuest(EvidenceDocument evidence)
    {
        _evidence = evidence;
        Identity = Identify();
    }

    /// <summary>The machine's name, and when the evidence was gathered.</summary>
    public override string Target => _evidence.Time is { } time ? FormattableString.Invariant($"{_evidence.Machine} (evidence of {time:u})") : $"{_evidence.Machine} (evidence)";

    /// <inheritdoc/>
    public override GuestIdentity? Identity { get; }

    /// <inheritdoc/>
    public override DiskInfo? Disk => null;

    /// <inheritdoc/>
    public override LiveFacts? Live => _evidence.Facts;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestVolume> Volumes => _evidence.Volumes;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _problems;

    /// <summary>Reads the file that a collector's output was saved to: UTF-8, or UTF-16 as Windows PowerShell saves it.</summary>
    /// <param name="path">The file. It may hold the output of one run, or of a run for each chunk.</param>
    /// <exception cref="EvidenceException">It holds no evidence that can be judged.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static EvidenceGuest Open(string path)
    {
        using FileStream file = LocalFile.Open(path ?? throw new ArgumentNullException(nameof(path)));
        if (file.Length > EvidenceText.MaxTextBytes)
        {
            throw new EvidenceException(
                EvidenceProblem.EvidenceTooLarge, $"{path} has more than {EvidenceText.MaxTextBytes} bytes; no collector prints that much. Give the file that its output was saved to.")
            { File = path };
        }

        byte[] bytes = new byte[file.Length];
        int length = 0;
        int count;
        while (length < bytes.Length && (count = file.Read(bytes, length, bytes.Length - length)) > 0)
        {
            length += count;
        }

        try
        {
            return Parse(GuestText.Decode(bytes));
        }
        catch (EvidenceException exception)
        {
            throw new EvidenceException(exception.Problem, $"{path}: {exception.Message}", exception) { File = path };
        }
    }

    /// <summary>Reads what a collector printed.</summary>
    /// <param name="text">The output, with or without what Run Command puts around it.</param>
    /// <exception cref="EvidenceException">It holds no evidence that can be judged.</exception>
    public static EvidenceGuest Parse(string text)
        => new(EvidenceDocument.Parse(EvidenceText.Unpack(text ?? throw new ArgumentNullException(nameof(text)))));

    /// <inheritdoc/>
    public override bool KeyExists(string key) => _evidence.Registry.KeyExists(key);

    /// <inheritdoc/>
    public override object? GetValue(string key, string name) => _evidence.Registry.GetValue(key, name);

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetValueNames(string key) => _evidence.Registry.GetValueNames(key);

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSubkeyNames(string key) => _evidence.Registry.GetSubkeyNames(key);

    /// <inheritdoc/>
    public override FileSystemEntry? GetFile(string path) => _evidence.Files.GetEntry(path);

    /// <inheritdoc/>
    public override IEnumerable<FileSystemEntry> Enumerate(string path) => _evidence.Files.Enumerate(path);

    /// <inheritdoc/>
    public override Stream OpenFile(string path) => _evidence.Files.OpenFile(path);

    /// <inheritdoc/>
    public override Version? ReadFileVersion(string path) => Require(path) switch
    {
        { HasVersion: true, Version: var version } => version,
        _ => throw new EvidenceUnavailableException($"The version of {path} was not gathered."),
    };

    /// <inheritdoc/>
    public override IEnumerable<string> EnumerateArchive(string path)
        => Require(path).ArchiveNames ?? throw new EvidenceUnavailableException($"What is in /{path} was not gathered: neither lsinitramfs nor lsinitrd listed it.");

    private GatheredFile Require(string path) => _evidence.Files.Find(path) ?? throw new FileNotFoundException($"There is no file '{path}'.", path);

    private GuestIdentity? Identify()
    {
        try
        {
            return _evidence.Family == GuestFamily.Windows ? GuestIdentity.ReadWindows(GetValue) : GuestIdentity.ReadLinux(_evidence.Files);
        }
        catch (EvidenceUnavailableException exception)
        {
            _problems.Add(exception.Message);
            return new GuestIdentity { Family = _evidence.Family };
        }
    }
}

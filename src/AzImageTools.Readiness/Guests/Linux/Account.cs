using System.Globalization;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>An account of /etc/passwd (passwd(5)).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">Its number.</param>
/// <param name="Home">Its home folder.</param>
/// <param name="Shell">What it is logged in with.</param>
internal sealed record Account(string Name, uint Id, string Home, string Shell)
{
    /// <summary>Where accounts are listed.</summary>
    public const string Path = "etc/passwd";

    // login.defs(5): UID_MIN and UID_MAX where nothing sets them. System accounts have smaller numbers.
    private const uint FirstUser = 1000;
    private const uint LastUser = 60000;
    private const int Fields = 7;

    private static readonly string[] NoShells = ["nologin", "false", "true", "sync"];

    /// <summary>The accounts.</summary>
    /// <exception cref="EvidenceUnavailableException">The file is missing or can't be read.</exception>
    public static IReadOnlyList<Account> ReadAll(Guest guest)
        => [.. (TextLine.Read(guest, Path) ?? throw new EvidenceUnavailableException($"There is no /{Path}."))
            .Select(static line => line.Text.Split(':'))
            .Where(static fields => fields.Length == Fields)
            .Select(static fields => uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? new Account(fields[0], id, fields[5], fields[6]) : null)
            .OfType<Account>()];

    /// <summary>The accounts of people: those of the range for users that a shell is given to.</summary>
    /// <inheritdoc cref="ReadAll"/>
    public static IReadOnlyList<Account> ReadUsers(Guest guest)
    {
        IReadOnlyList<TextLine> settings = TextLine.Read(guest, "etc/login.defs") ?? [];
        uint first = Setting("UID_MIN") ?? FirstUser;
        uint last = Setting("UID_MAX") ?? LastUser;
        return [.. ReadAll(guest).Where(account => account.Id >= first && account.Id <= last && !account.HasNoShell)];

        uint? Setting(string name) => settings.Select(static line => line.Words())
            .Where(words => words.Length > 1 && words[0] == name)
            .Select(static words => uint.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint value) ? value : (uint?)null)
            .LastOrDefault();
    }

    private bool HasNoShell => Array.IndexOf(NoShells, Shell.Substring(Shell.LastIndexOf('/') + 1)) >= 0;
}

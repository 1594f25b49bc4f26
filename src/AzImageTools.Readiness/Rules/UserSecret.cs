using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;

namespace AzImageTools.Readiness.Rules;

/// <summary>What is kept in a user's home folder and signs in as that user elsewhere. Where it lies is told, never what it is.</summary>
/// <param name="Folder">The folder below the home, with '/' between names; empty for the home itself.</param>
/// <param name="What">What it is.</param>
/// <param name="Source">The page that says so.</param>
/// <param name="Names">What its files' names begin with.</param>
internal sealed record UserSecret(string Folder, string What, string Source, params string[] Names)
{
    private const int MaxShown = 20;
    private const int MaximumHomes = 1024;

    /// <summary>A text without which a file is no secret; null where every file that is not empty is one.</summary>
    public string? Mark { get; init; }

    /// <summary>What tools keep at the same places in every home, whatever the operating system.</summary>
    public static IReadOnlyList<UserSecret> All { get; } =
    [
        new(".azure", "tokens of the Azure CLI or Azure PowerShell", References.AzureCliTokens, "msal_token_cache.", "accessTokens.json", "service_principal_entries.", "TokenCache.dat"),
        new(".aws", "keys for AWS", References.AwsCredentials, "credentials"),
        new(".kube", "access to a Kubernetes cluster", References.KubernetesConfiguration, "config"),
        new(".docker", "passwords of a container registry", References.DockerLogin, "config.json") { Mark = "\"auth\":" },
        new(".ssh", "a private SSH key", References.SshKeys, "id_"),
        new(string.Empty, "passwords of Git or of servers", References.GitCredentials, ".git-credentials", ".netrc", "_netrc"),
    ];

    /// <summary>No home holds one.</summary>
    /// <param name="findHomes">Finds the home folders.</param>
    /// <param name="separator">What stands between names in the guest's paths.</param>
    /// <param name="root">What the guest's paths begin with.</param>
    public RuleCheck InNoHome(Func<Guest, IReadOnlyList<string>> findHomes, char separator, string root) => new RuleCheck(FindingSeverity.Warning, context =>
    {
        IReadOnlyList<string> homes = findHomes(context.Guest);
        if (homes.Count > MaximumHomes)
        {
            return RuleOutcome.Undetermined($"There are more than {MaximumHomes} home folders.");
        }

        string below = Folder.Length == 0 ? string.Empty : separator + Folder.Replace('/', separator);
        Observation[] found = [.. homes
            .Select(home => home + below)
            .SelectMany(folder => context.Guest.FindIn(folder, IsNamedSo).Select(path => folder + separator + path.Substring(folder.Length + 1)))
            .Where(path => Mark is null || context.Guest.ReadText(path)?.IndexOf(Mark, StringComparison.Ordinal) >= 0)
            .Take(MaxShown)
            .Select(path => new Observation(root + path, What))];
        return found.Length > 0 ? RuleOutcome.Fail(found) : RuleOutcome.Pass(new Observation($"{below.TrimStart(separator)}{(below.Length > 0 ? separator : string.Empty)}{Names[0]}*", "in no home folder"));
    }).From(Source);

    private bool IsNamedSo(FileSystemEntry entry)
        => entry is { IsDirectory: false, Length: > 0 }
            && !entry.Name.EndsWith(".pub", StringComparison.OrdinalIgnoreCase)
            && Array.Exists(Names, name => entry.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase));
}

using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness.Tables;

/// <summary>Makes a check of a row: it looks at a registry key or value, a file, or a service.</summary>
internal static class TableCheck
{
    private static readonly string[] Hives = ["SYSTEM", "SOFTWARE", "SECURITY", WindowsKeys.BootStore];
    private static readonly string[] RootNames = [@"HKLM:\", @"HKLM\", @"HKEY_LOCAL_MACHINE\", @"Registry::HKEY_LOCAL_MACHINE\"];
    private static readonly string[] StartNames = ["Boot", "System", "Automatic", "Manual", "Disabled"];

    public static RuleCheck Parse(string file, RuleTableNode node, FindingSeverity severity)
    {
        TableRow any = new(file, node, "A check", "Registry", "File", "Service", "Value", "Exists", "Equals", "NotEquals", "Matches", "Minimum", "Maximum", "Contains", "MinimumVersion", "Start");
        return (any.Has("Registry"), any.Has("File"), any.Has("Service")) switch
        {
            (true, false, false) => Registry(file, node, severity),
            (false, true, false) => File(file, node, severity),
            (false, false, true) => Service(file, node, severity),
            _ => throw any.Wrong("a check has one of the properties 'Registry', 'File' and 'Service'."),
        };
    }

    private static RuleCheck Registry(string file, RuleTableNode node, FindingSeverity severity)
    {
        TableRow row = new(file, node, "A check of the registry", "Registry", "Value", "Exists", "Equals", "NotEquals", "Matches", "Minimum", "Maximum");
        string path = row.GetText("Registry") ?? throw row.Missing("Registry");
        string? root = Array.Find(RootNames, name => path.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        string key = root is null ? path : path.Substring(root.Length);
        if (!Hives.Contains(key.Split('\\')[0], StringComparer.OrdinalIgnoreCase))
        {
            throw row.Wrong("Registry", $@"is a key below HKLM\{string.Join(@", HKLM\", Hives)}");
        }

        if (row.Get("Value") is not { } value)
        {
            bool shouldExist = row.GetBoolean("Exists") ?? throw row.Wrong("a check of a registry key needs 'Exists', or 'Value' for one of its values.");
            return new RuleCheck(severity, context => Presence(context.Guest.KeyExists(key), shouldExist, @"HKLM\" + key));
        }

        string name = value.Value as string ?? throw row.Wrong("Value", "is a text; an empty one is the key's default value");
        TableCondition condition = TableCondition.Parse(row);
        return RegistryCheck.Value(severity, key, name, condition.Description, condition.Accepts);
    }

    private static RuleCheck File(string file, RuleTableNode node, FindingSeverity severity)
    {
        TableRow row = new(file, node, "A check of a file", "File", "Exists", "Contains", "Matches", "MinimumVersion");
        string path = row.GetText("File") ?? throw row.Missing("File");
        path = (path.Length > 2 && path[1] == ':' ? path.Substring(2) : path).TrimStart('\\', '/');
        bool? shouldExist = row.GetBoolean("Exists");
        string? part = row.GetText("Contains");
        Func<string, bool>? matches = TableCondition.ParsePattern(row);
        Version? minimum = row.GetText("MinimumVersion") is not { } text ? null
            : Version.TryParse(text, out Version? version) ? version : throw row.Wrong("MinimumVersion", "is a version, such as 10.0.1.2");
        bool asksContent = part is not null || matches is not null || minimum is not null;
        if (asksContent ? shouldExist == false : shouldExist is null)
        {
            throw row.Wrong("a check of a file needs 'Exists', or 'Contains', 'Matches' or 'MinimumVersion' for one that exists.");
        }

        return new RuleCheck(severity, context =>
        {
            FileSystemEntry? entry = context.Guest.GetFile(path);
            if (entry is null || entry.IsDirectory || !asksContent)
            {
                return Presence(entry is not null && !(asksContent && entry.IsDirectory), shouldExist != false, path);
            }

            List<Observation> wrong = [];
            if (minimum is not null && context.Guest.ReadFileVersion(path) is var found && (found is null || found < minimum))
            {
                wrong.Add(new Observation(path, $"version {found?.ToString() ?? "unknown"}; expected at least {minimum}"));
            }

            string content = part is null && matches is null ? string.Empty : context.Guest.ReadText(path) ?? string.Empty;
            if ((part is not null && content.IndexOf(part, StringComparison.OrdinalIgnoreCase) < 0) || (matches is not null && !matches(content)))
            {
                wrong.Add(new Observation(path, "does not hold what it should"));
            }

            return wrong.Count > 0 ? RuleOutcome.Fail([.. wrong]) : RuleOutcome.Pass(FileCheck.See(entry));
        });
    }

    private static RuleCheck Service(string file, RuleTableNode node, FindingSeverity severity)
    {
        TableRow row = new(file, node, "A check of a service", "Service", "Exists", "Start");
        string key = $@"{WindowsKeys.Services}\{row.GetText("Service") ?? throw row.Missing("Service")}";
        if (!row.Has("Start"))
        {
            bool shouldExist = row.GetBoolean("Exists") ?? throw row.Wrong("a check of a service needs 'Exists' or 'Start'.");
            return new RuleCheck(severity, context => Presence(context.Guest.KeyExists(key), shouldExist, @"HKLM\" + key));
        }

        if (row.GetBoolean("Exists") == false)
        {
            throw row.Wrong("a service that should not exist has no 'Start'.");
        }

        uint[] accepted = [.. row.GetList("Start", StartNames.Length).Select(item
            => Array.FindIndex(StartNames, name => string.Equals(name, item.Value as string, StringComparison.OrdinalIgnoreCase)) is var start and >= 0
                ? (uint)start
                : throw row.Wrong("Start", "is one or several of " + string.Join(", ", StartNames)))];
        return RegistryCheck.Dword(severity, key, "Start", accepted);
    }

    private static RuleOutcome Presence(bool exists, bool shouldExist, string place)
        => RuleOutcome.PassIf(exists == shouldExist, new Observation(place, exists ? "exists" : "absent"));
}

using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tables;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Readiness.Tests;

public sealed class RuleTableTests
{
    public static TheoryData<string, FindingResult, FindingResult, FindingResult> Checks => new()
    {
        // Each check on a guest that has it, on one that has it otherwise, and on one that can't be asked.
        { """{ "Registry": "HKLM\\SOFTWARE\\Contoso", "Exists": true }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "HKLM:\\SOFTWARE\\Contoso\\Gone", "Exists": false }""", FindingResult.Pass, FindingResult.Pass, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Level", "Equals": 7 }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Level", "Equals": [6, 7] }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Level", "Minimum": 7, "Maximum": 9 }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Level", "Minimum": 8 }""", FindingResult.Fail, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Name", "Equals": "baseline 5" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Name", "NotEquals": "Baseline 5" }""", FindingResult.Fail, FindingResult.Pass, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Name", "Matches": "^Baseline \\d+$" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Name", "Exists": true }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Registry": "SOFTWARE\\Contoso", "Value": "Lines", "Equals": "two" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "File": "C:\\Contoso\\agent.exe", "Exists": true }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "File": "Contoso\\agent.exe", "Exists": false }""", FindingResult.Fail, FindingResult.Pass, FindingResult.Undetermined },
        { """{ "File": "Contoso\\agent.exe", "MinimumVersion": "2.1" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "File": "Contoso\\agent.exe", "MinimumVersion": "9.0" }""", FindingResult.Fail, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "File": "Contoso\\agent.ini", "Contains": "mode=SAFE" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "File": "Contoso\\agent.ini", "Matches": "^level=\\d$" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Service": "ContosoAgent", "Exists": true }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Service": "ContosoAgent", "Start": "Automatic" }""", FindingResult.Pass, FindingResult.Fail, FindingResult.Undetermined },
        { """{ "Service": "ContosoAgent", "Start": ["Manual", "Disabled"] }""", FindingResult.Fail, FindingResult.Fail, FindingResult.Undetermined },
    };

    public static TheoryData<string, int, string> Mistakes => new()
    {
        { "{", 1, "not JSON" },
        { "[]", 1, "Rules" },
        { "{\n \"Rulez\": []\n}", 2, "Rulez" },
        { "{\n \"Rules\": []\n}", 2, "items" },
        { "{\"Rules\":\n [\n  {\"Title\": \"t\"}]}", 3, "'Id'" },
        { "{\"Rules\":\n [\n  {\"Id\": \"Own\", \"Title\": \"t\"}]}", 3, "'Checks'" },
        { "{\"Rules\": [{\"Id\": \"a b\",\n \"Title\": \"t\", \"Checks\": [{\"File\": \"x\", \"Exists\": true}]}]}", 1, "Id" },
        { "{\"Rules\": [{\"Id\": \"CdromEnabled\", \"Title\": \"t\", \"Checks\": [{\"File\": \"x\", \"Exists\": true}]}]}", 1, "already" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\",\n\n \"Severity\": \"Grave\", \"Checks\": [{\"File\": \"x\", \"Exists\": true}]}]}", 3, "Blocker" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Severity\": \"2\", \"Checks\": [{\"File\": \"x\", \"Exists\": true}]}]}", 1, "Severity" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Source\": \"javascript:alert(1)\", \"Checks\": [{\"File\": \"x\", \"Exists\": true}]}]}", 1, "Source" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"Exists\": true}]}]}", 2, "Registry" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"File\": \"x\", \"Service\": \"y\"}]}]}", 2, "one of" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"File\": \"x\", \"Start\": \"Manual\"}]}]}", 2, "Start" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"File\": \"x\",\n \"Exists\": \"yes\"}]}]}", 3, "true or false" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"Registry\": \"HKCU\\\\Software\", \"Exists\": true}]}]}", 2, "HKLM" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"Registry\": \"SOFTWARE\\\\x\", \"Value\": \"v\", \"Matches\": \"(\"}]}]}", 2, "regular expression" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Title\": \"t\", \"Checks\": [\n{\"Service\": \"x\", \"Start\": \"Sometimes\"}]}]}", 2, "Automatic" },
        { "{\"Rules\": [{\"Id\": \"Own\", \"Id\": \"Own2\"}]}", 1, "twice" },
        { "{\"Rules\": [[[[[[[[[[1]]]]]]]]]]}", 1, "not JSON" },
    };

    [Theory]
    [MemberData(nameof(Checks))]
    public void A_check_of_a_table_judges_as_it_says(string check, FindingResult present, FindingResult otherwise, FindingResult lost)
    {
        IReadOnlyList<ReadinessRule> rules = Read($$"""{ "Rules": [ { "Id": "Own.Rule", "Title": "Own", "Severity": "Blocker", "Checks": [ {{check}} ] } ] }""");
        MemoryGuest guest = MemoryGuest.Ready()
            .With(@"SOFTWARE\Contoso", "Level", 7u)
            .With(@"SOFTWARE\Contoso", "Name", "Baseline 5")
            .With(@"SOFTWARE\Contoso", "Lines", new[] { "one", "two" })
            .With(WindowsKeys.Services + @"\ContosoAgent", "Start", 2u)
            .WithFile(@"Contoso\agent.exe", ProgramFile.WithVersion("2.1.0.5"))
            .WithFile(@"Contoso\agent.ini", "mode=safe\nlevel=3\n");

        Assert.Equal(present, Judge(guest, rules).Result);
        Assert.Equal(otherwise, Judge(MemoryGuest.Ready(), rules).Result);
        Assert.Equal(lost, Judge(MemoryGuest.Ready().Lose("SOFTWARE").Lose("SYSTEM").Lose("FILES"), rules).Result);
    }

    [Fact]
    public void A_rule_of_a_table_counts_as_the_catalogue_s_do()
    {
        IReadOnlyList<ReadinessRule> rules = Read("""
            {
              // Comments and a last comma are welcome.
              "Rules": [
                { "Id": "Own.Rule", "Title": "Own", "Severity": "Blocker", "Purpose": "AzureUpload", "Remedy": "Do-It", "Source": "https://wiki.contoso.com/x",
                  "Checks": { "Service": "ContosoAgent", "Exists": true } },
              ]
            }
            """);
        ReadinessReport report = ReadinessCheck.Run(MemoryGuest.Ready(), Sample.Options with { Include = [.. TestRules.Ids, "Own.Rule"], OwnRules = rules }, TestContext.Current.CancellationToken);

        Finding blocker = Assert.Single(report.Blockers);
        Assert.Equal(ReadinessVerdict.NotReady, report.Verdict);
        Assert.Equal(("Own.Rule", "Do-It", "https://wiki.contoso.com/x"), (blocker.Id, blocker.Remedy, blocker.Source.ToString()));
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_file_line_and_property(string json, int line, string about)
    {
        ReadinessRuleException mistake = Assert.Throws<ReadinessRuleException>(() => Read(json));

        Assert.EndsWith("rules.json", mistake.File, StringComparison.Ordinal);
        Assert.Equal(line, mistake.Line);
        Assert.Contains(about, mistake.Message, StringComparison.Ordinal);
        Assert.Contains("rules.json", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_too_long_is_refused()
        => Assert.Contains("bytes at most", Assert.Throws<ReadinessRuleException>(() => Read(new string(' ', (1 << 20) + 1))).Message, StringComparison.Ordinal);

    [Fact]
    public void Two_tables_can_not_have_one_rule()
    {
        IReadOnlyList<ReadinessRule> rules = Read("""{ "Rules": [ { "Id": "Own", "Title": "t", "Checks": [ { "File": "x", "Exists": true } ] } ] }""");

        Assert.Throws<ReadinessRuleException>(() => ReadinessCheck.Run(MemoryGuest.Ready(), new ReadinessOptions { OwnRules = [.. rules, .. rules] }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Whatever_stands_in_a_table_it_is_read_or_refused()
    {
        const string table = """{ "Rules": [ { "Id": "Own", "Title": "t", "Severity": "Warning", "Checks": [ { "Registry": "SOFTWARE\\x", "Value": "v", "Equals": [1, "a"], "Matches": "x" } ] } ] }""";
        Gen.Select(Gen.Int[0, table.Length - 1], Gen.Char["{}[]\":,\\ax10\n"]).Array[1, 6].Sample(
            changes =>
            {
                char[] text = table.ToCharArray();
                foreach ((int place, char character) in changes)
                {
                    text[place] = character;
                }

                try
                {
                    Read(new string(text));
                }
                catch (ReadinessRuleException)
                {
                }
            },
            iter: 500);
    }

    private static IReadOnlyList<ReadinessRule> Read(string json)
    {
        using TempFolder folder = new();
        string path = folder.File("rules.json");
        File.WriteAllText(path, json);
        return RuleTable.ReadJson(path);
    }

    private static Finding Judge(MemoryGuest guest, IReadOnlyList<ReadinessRule> rules)
        => Assert.Single(ReadinessCheck.Run(guest, new ReadinessOptions { OwnRules = rules }, TestContext.Current.CancellationToken).Findings, finding => finding.Id == "Own.Rule");
}

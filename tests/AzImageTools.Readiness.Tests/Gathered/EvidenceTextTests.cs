using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Rules;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Readiness.Tests.Gathered;

/// <summary>What a collector printed, on its way through Run Command, consoles and files.</summary>
public sealed class EvidenceTextTests
{
    private static readonly string Json = """
        {"system":"linux","machine":"web01","time":"2026-11-25T22:00:00Z","files":{"etc/os-release":{"length":20,"lines":["ID=debian","PRETTY_NAME=\"Debian\"","#NOISE"]},"etc/fstab":null,
        "etc/odd":{"length":2,"lines":[{"base64":"w6k="}]},"bin/sh":null,"usr/bin/sh":null,"sbin/init":null,"etc/hostname":null},
        "folders":{"boot":null,"lib/modules":null,"usr/lib/modules":null,"etc/ssh":{"folder":true,"names":"ssh_host_*","entries":[{"name":"ssh_host_rsa_key","length":1}]}}}
        """.Replace("NOISE", Noise(4000), StringComparison.Ordinal);

    private static readonly string[] Lines = EvidenceOutput.Lines(EvidenceOutput.Pack(Encoding.UTF8.GetBytes(Json)), 10);

    public static TheoryData<string> Frames => new(
        string.Join('\n', Lines),
        string.Join("\n", Lines).Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n",
        "Enable succeeded: \n[stdout]\n" + string.Join('\n', Lines) + "\n\n[stderr]\n",
        string.Join('\n', Lines.Skip(2).Reverse().Select(static chunk => $"Enable succeeded: \n[stdout]\n{Lines[0]}\n{Lines[1]}\n{chunk}\n\n[stderr]\nwarning: x\n")),
        string.Join('\n', Lines.Append(Lines[3])),
        $$"""{ "value": [ { "code": "ProvisioningState/succeeded", "message": "Enable succeeded: \n[stdout]\n{{string.Join("\n", Lines).Replace("\n", "\\n", StringComparison.Ordinal)}}\n\n[stderr]\n" } ] }""",
        "\uFEFF  " + string.Join("\n", Lines).Replace("\n", "  \n\n   ", StringComparison.Ordinal),
        string.Join("\n", [Lines[0], Lines[1], .. Lines.Skip(2).Select(static chunk => string.Join('\n', chunk.Chunk(31).Select(static part => new string(part))))]));

    public static TheoryData<string, EvidenceProblem, string> Mistakes => new()
    {
        { string.Empty, EvidenceProblem.EvidenceNotFound, "one chunk at a time" },
        { "Enable succeeded: \n[stdout]\n\n[stderr]\n", EvidenceProblem.EvidenceNotFound, "4,096 bytes" },
        { string.Join('\n', Lines.Skip(1)), EvidenceProblem.EvidenceNotFound, "no heading" },
        { string.Join('\n', Lines.Where(static (_, index) => index != 3)), EvidenceProblem.EvidenceIncomplete, "missing: 2" },
        { Lines[0], EvidenceProblem.EvidenceIncomplete, "missing: 1, 2" },
        { string.Join('\n', Lines.Where(static (_, index) => index != 1)), EvidenceProblem.EvidenceDamaged, "SHA-256" },
        { string.Join('\n', Lines).Replace("chunk 2:\n", "chunk 2:\nAAAA", StringComparison.Ordinal), EvidenceProblem.EvidenceDamaged, "should hold" },
        { string.Join('\n', Lines.Append("chunk 99:\nAAAA")), EvidenceProblem.EvidenceDamaged, "a chunk 99, but there should be only 5" },
        { string.Join('\n', Lines.Append("chunk 2:\nAAAA")), EvidenceProblem.EvidenceDamaged, "twice" },
        { string.Join('\n', Lines).Replace("chunk 2:\n", "chunk 2:\n=", StringComparison.Ordinal), EvidenceProblem.EvidenceDamaged, "base64" },
        { string.Join('\n', Lines.Append("AzImageTools evidence 1: 7 bytes, 1 chunks")), EvidenceProblem.EvidenceMixed, "two collections" },
        { string.Join('\n', Lines.Append("sha256 " + new string('0', 64))), EvidenceProblem.EvidenceMixed, "two collections" },
        { string.Join('\n', Lines).Replace("evidence 1:", "evidence 2:", StringComparison.Ordinal), EvidenceProblem.EvidenceVersionUnknown, "version 2" },
        { string.Join('\n', EvidenceOutput.Lines([1, 2, 3])), EvidenceProblem.EvidenceDamaged, "gzip" },
        { string.Join('\n', EvidenceOutput.Lines(EvidenceOutput.Pack(new byte[(4 << 20) + 1]))), EvidenceProblem.EvidenceTooLarge, "no collector" },
        { EvidenceOutput.Print("{"), EvidenceProblem.EvidenceDamaged, "not JSON" },
        { EvidenceOutput.Print("[]"), EvidenceProblem.EvidenceDamaged, "'evidence'" },
        { EvidenceOutput.Print("""{"system":"plan9"}"""), EvidenceProblem.EvidenceDamaged, "windows nor linux" },
        { EvidenceOutput.Print("""{"system":"linux","files":{"a":{"length":-1}}}"""), EvidenceProblem.EvidenceDamaged, "'evidence.files.*'" },
        { EvidenceOutput.Print("""{"system":"linux","files":{"a":{"bytes":"?"}}}"""), EvidenceProblem.EvidenceDamaged, "holds no text" },
        { EvidenceOutput.Print("""{"system":"linux","machine":"\ud800"}"""), EvidenceProblem.EvidenceDamaged, "holds no text" },
        { EvidenceOutput.Print("""{"system":"windows","registry":{"SYSTEM\\x":{"values":{"y":1.5}}}}"""), EvidenceProblem.EvidenceDamaged, "registry" },
        { EvidenceOutput.Print("""{"system":"windows","registry":{"SYSTEM\\x":{"keyNames":"*"}}}""".Replace("*", new string('*', 200), StringComparison.Ordinal)), EvidenceProblem.EvidenceDamaged, "keyNames" },
        { EvidenceOutput.Print("""{"system":"linux","files":""" + new string('[', 1000) + new string(']', 1000) + "}"), EvidenceProblem.EvidenceDamaged, "not JSON" },
    };

    [Theory]
    [MemberData(nameof(Frames))]
    public void Whatever_stands_around_the_output_and_in_whatever_order_it_is_read(string text)
    {
        EvidenceGuest guest = EvidenceGuest.Parse(text);

        Assert.Equal("web01 (evidence of 2026-11-25 22:00:00Z)", guest.Target);
        Assert.Equal("Debian", guest.Identity?.Product);
        Assert.Equal("é", guest.ReadText("etc/odd"));
        Assert.Null(guest.GetFile("etc/fstab"));
        Assert.Empty(guest.Problems);
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_is_not_whole_is_refused_with_what_is_wrong(string text, EvidenceProblem problem, string about)
    {
        EvidenceException refusal = Assert.Throws<EvidenceException>(() => EvidenceGuest.Parse(text));

        Assert.Equal(problem, refusal.Problem);
        Assert.Contains(about, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chunk_that_was_changed_is_found_by_its_hash()
    {
        string chunk = Lines[3];
        string changed = chunk[..^1] + (chunk[^1] == 'A' ? 'B' : 'A');

        EvidenceException refusal = Assert.Throws<EvidenceException>(() => EvidenceGuest.Parse(string.Join('\n', Lines).Replace(chunk, changed, StringComparison.Ordinal)));

        Assert.Contains("SHA-256", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_looked_at_is_unavailable_and_never_absent()
    {
        EvidenceGuest guest = EvidenceGuest.Parse(string.Join('\n', Lines));

        Assert.Throws<EvidenceUnavailableException>(() => guest.GetFile("etc/passwd"));
        Assert.Throws<EvidenceUnavailableException>(() => guest.GetFile("etc/ssh/sshd_config"));
        Assert.Throws<EvidenceUnavailableException>(() => guest.Enumerate("etc").Any());
        Assert.Throws<EvidenceUnavailableException>(() => guest.OpenFile("etc/ssh/ssh_host_rsa_key"));
        Assert.Throws<EvidenceUnavailableException>(() => guest.KeyExists(@"SYSTEM\Setup"));
        Assert.Null(guest.GetFile("etc/ssh/ssh_host_dsa_key"));
        Assert.Null(guest.GetFile("boot/grub/grub.cfg"));
        Assert.Empty(guest.Enumerate("boot/loader/entries"));
        Assert.NotNull(guest.GetFile("/etc/ssh/ssh_host_rsa_key"));
        Assert.Null(guest.GetFile("etc/fstab/below"));
    }

    [Fact]
    public void Evidence_of_nothing_passes_no_rule()
    {
        foreach (string system in new[] { "windows", "linux" })
        {
            ReadinessReport report = ReadinessCheck.Run(EvidenceGuest.Parse(EvidenceOutput.Print($$"""{"system":"{{system}}"}""")), cancellationToken: TestContext.Current.CancellationToken);

            // A machine that tells of itself is running.
            Assert.Equal(system == "windows" ? ["Hibernated"] : [], report.Findings.Where(static finding => finding.Result == FindingResult.Pass).Select(static finding => finding.Id));
            Assert.NotEqual(ReadinessVerdict.Ready, report.Verdict);
            Assert.Equal(GeneralizationState.Undetermined, report.Generalization);
        }
    }

    [Theory]
    [InlineData("utf-8", false)]
    [InlineData("utf-8", true)]
    [InlineData("utf-16", true)]
    public void A_file_is_read_in_the_encodings_that_consoles_write(string encoding, bool hasMark)
    {
        using TempFolder folder = new();
        string path = folder.File("evidence.txt");
        Encoding writer = Encoding.GetEncoding(encoding);
        File.WriteAllBytes(path, [.. hasMark ? writer.GetPreamble() : [], .. writer.GetBytes(string.Join("\r\n", Lines))]);

        Assert.Equal("debian", EvidenceGuest.Open(path).Identity?.Distribution);
    }

    [Fact]
    public void A_file_that_is_too_long_is_not_read()
    {
        using TempFolder folder = new();
        string path = folder.File("evidence.txt");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(1L << 40);
        }

        EvidenceException refusal = Assert.Throws<EvidenceException>(() => EvidenceGuest.Open(path));

        Assert.Equal(EvidenceProblem.EvidenceTooLarge, refusal.Problem);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_stands_in_evidence_it_is_judged_or_refused()
        => Gen.Select(Gen.Int[0, Json.Length - 1], Gen.Char["{}[]\":,\\ax1-\ud800"]).Array[1, 6].Sample(
            static changes =>
            {
                char[] text = Json.ToCharArray();
                foreach ((int place, char character) in changes)
                {
                    text[place] = character;
                }

                try
                {
                    ReadinessCheck.Run(EvidenceGuest.Parse(EvidenceOutput.Print(new string(text))));
                }
                catch (EvidenceException)
                {
                }
            },
            iter: 300);

    /// <summary>A text that does not pack, so that there are several chunks.</summary>
    private static string Noise(int length)
        => string.Concat(Enumerable.Range(0, length / 64).Select(static number => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))))));
}

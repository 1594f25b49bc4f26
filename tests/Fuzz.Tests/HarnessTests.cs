using AzImageTools.Disks;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;
using AzImageTools.Fuzz.Targets;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Tests;

public class HarnessTests
{
    private static readonly FuzzLimits Limits = new(TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2), 1 << 20);

    public static TheoryData<string> Grammars => [.. GrammarTargets.CreateAll().Select(static target => target.Name)];

    [Fact]
    public void A_DiskFormatException_that_escapes_a_walk_is_a_finding_as_every_other_exception()
    {
        Finding finding = Assert.Single(Run(_ => throw new DiskFormatException("it is damaged")).Findings);
        Assert.StartsWith("DiskFormatException: it is damaged", finding.Problem);
    }

    [Fact]
    public void An_exception_is_one_finding_however_often_it_is_met()
    {
        FuzzReport report = Run(static _ => throw new InvalidOperationException());
        Assert.Single(report.Findings);
        Assert.Equal(20, report.FindingCount);
    }

    [Fact]
    public void An_execution_that_allocates_too_much_is_a_finding()
    {
        FuzzReport report = Run(static _ => new byte[2 << 20].Length > 0);
        Assert.StartsWith("Allocation", Assert.Single(report.Findings).Problem);
    }

    [Fact]
    public void An_execution_that_does_not_come_back_is_a_finding()
    {
        using ManualResetEventSlim end = new();
        FuzzReport report = Run(
            _ =>
            {
                end.Wait();
                return true;
            },
            Limits with { Time = TimeSpan.Zero });
        end.Set();
        Assert.StartsWith("Hang", Assert.Single(report.Findings).Problem);
        Assert.True(report.IsStuck);
    }

    [Fact]
    public void A_finding_is_kept_with_its_command_and_the_damaged_image()
    {
        using TempFolder folder = new();
        Finding finding = Assert.Single(Run(static _ => throw new InvalidOperationException(), findings: folder.FullName).Findings);
        Assert.Equal($"dotnet run -c Release --project tests/Fuzz -- --target test --seed 7 --only {finding.Execution}", finding.Command);
        Assert.Contains(finding.Command, File.ReadAllText(folder.File($"test-7-{finding.Execution}.txt")));
        Assert.True(File.Exists(folder.File($"test-7-{finding.Execution}-image.gz")));
    }

    [Fact]
    public void An_execution_that_takes_too_much_of_a_processor_is_a_finding()
    {
        FuzzReport report = Run(
            static _ =>
            {
                TimeSpan start = ThreadClock.Now;
                while (ThreadClock.Now - start < TimeSpan.FromMilliseconds(5))
                {
                    Thread.SpinWait(100);
                }

                return true;
            },
            Limits with { Processor = TimeSpan.FromMilliseconds(2) });
        Assert.Contains(report.Findings, static finding => finding.Problem.StartsWith("Processor", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_walk_that_reads_on_when_it_is_cancelled_is_a_finding(bool stops, bool isFound)
    {
        using FuzzTarget target = new("test", 1, _ => [new MadeSubject("made", static _ => new MutableImage(100), (image, _, watch) =>
        {
            ImageSource source = new(image, 512, watch);
            for (int i = 0; i < 300; i++)
            {
                try
                {
                    source.Read(0, new byte[1]);
                }
                catch (OperationCanceledException) when (!stops)
                {
                }
            }

            return true;
        })]);
        FuzzRunner runner = new(target, 7, Limits, findingsFolder: null);
        runner.Run(0, 20);
        Assert.Equal(isFound, runner.Report.FindingCount > 0);
    }

    [Theory]
    [MemberData(nameof(Grammars))]
    public void The_same_seed_makes_the_same_input_and_others_make_others(string name)
    {
        using FuzzTarget target = GrammarTargets.CreateAll().Single(target => target.Name == name);
        byte[] Make(long execution)
        {
            target.Subjects[0].Prepare(FuzzRandom.ForExecution(7, name, execution));
            using MemoryStream made = new();
            target.Subjects[0].CopyTo(made);
            return made.ToArray();
        }

        Assert.Equal(Make(3), Make(3));
        Assert.NotEqual(Make(3), Make(4));
    }

    [Fact]
    public void The_same_seed_does_the_same_damage()
    {
        MutableImage image = new(new byte[100_000]);
        Layout layout = new(image, blindWeight: 1);
        byte[] Damage()
        {
            image.Restore();
            Mutator.Damage(image, layout, FuzzRandom.ForExecution(7, "test", 3));
            return image.Read(0, (int)image.Length);
        }

        byte[] first = Damage();
        Assert.Equal(first, Damage());
        Assert.Contains(first, static b => b != 0);
    }

    [Fact]
    public void A_file_follows_its_image_through_damage_truncation_and_restoring()
    {
        MutableImage image = TestImages.Load("volumes", "fat16.img");
        byte[] whole = image.Read(0, (int)image.Length);
        Layout layout = new(image, blindWeight: 1);
        using ImageFile file = new(image, "image.raw");
        for (int i = 0; i < 60; i++)
        {
            image.Restore();
            Mutator.Damage(image, layout, FuzzRandom.ForExecution(1, "test", i));
            file.Update();
            Assert.True(image.Read(0, (int)image.Length).AsSpan().SequenceEqual(File.ReadAllBytes(file.FullName)), $"execution {i}");
        }

        image.Restore();
        file.Update();
        Assert.True(whole.AsSpan().SequenceEqual(File.ReadAllBytes(file.FullName)));
    }

    [Theory]
    [InlineData("mbr-dynamic.vhd")]
    [InlineData("no-os.vhd")]
    [InlineData("mbr-dynamic.vhdx")]
    [InlineData("ready.raw")]
    public void Checksums_made_right_in_a_whole_image_are_those_that_were_there(string name)
    {
        MutableImage image = TestImages.Load("disks", name);
        Layout layout = new(image, blindWeight: 1);
        ContainerLayout.Describe(image, layout);
        if (name == "ready.raw")
        {
            ContentLayout.Describe(image, layout);
        }

        AssertChecksumsAreRight(image, layout);
    }

    [Fact]
    public void Checksums_made_right_in_whole_logical_volumes_are_those_that_were_there()
    {
        using FuzzTarget target = FuzzTargets.CreateAll().Single(static target => target.Name == "logical");
        FuzzSubject subject = Assert.IsType<FuzzSubject>(Assert.Single(target.Subjects));
        Assert.Equal(2, subject.Layout.Regions.Count(static region => region.Name == "LVM metadata"));
        AssertChecksumsAreRight(subject.Image, subject.Layout);
    }

    [Theory]
    [InlineData("index", "IndexOutOfRangeException")]
    [InlineData("memory", "Allocation")]
    [InlineData("loop", "Hang")]
    public void A_reader_that_trusts_what_it_reads_is_found_out_and_its_finding_is_made_again_by_its_number(string mistake, string problem)
    {
        // Only the loop has to be waited for.
        FuzzLimits limits = new(mistake == "loop" ? TimeSpan.FromSeconds(4) : TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2), 1 << 20);
        FuzzReport report = RunTrusting(mistake, limits, 0, 20_000);
        Finding finding = Assert.Single(report.Findings, found => found.Problem.StartsWith(problem, StringComparison.Ordinal));

        // A reader that is stuck ends its batch, be it in the first execution.
        Assert.True(mistake == "loop" || report.FindingCount < report.Executions, "Every execution is a finding.");

        FuzzReport again = RunTrusting(mistake, limits, finding.Execution, 1);
        Assert.Equal((finding.Signature, finding.Execution, finding.Command), (again.Findings.Single().Signature, again.Findings.Single().Execution, again.Findings.Single().Command));
        Assert.Empty(RunTrusting("none", limits, finding.Execution, 1).Findings);
    }

    [Theory]
    [InlineData("containers")]
    [InlineData("partitions")]
    [InlineData("logical")]
    [InlineData("volumes")]
    [InlineData("registry")]
    [InlineData("inspection")]
    [InlineData("guests")]
    public void Every_image_opens_before_it_is_damaged(string name)
    {
        IReadOnlyList<FuzzTarget> targets = FuzzTargets.CreateAll();
        using FuzzTarget target = targets.Single(target => target.Name == name);
        Assert.All(target.Subjects, static subject => Assert.True(subject.Walk(new FuzzRandom(1)), subject.Name));
        Assert.Equal(target.Subjects.Count, target.Subjects.Select(static subject => subject.Name).Distinct().Count());
    }

    private static void AssertChecksumsAreRight(MutableImage image, Layout layout)
    {
        layout.UpdateChecksums(image);
        foreach (long page in image.ChangedPages)
        {
            Assert.Equal(image.FindOriginal(page), image.Read(page * MutableImage.PageSize, MutableImage.PageSize));
        }

        Assert.NotEmpty(image.ChangedPages);
    }

    /// <summary>Runs a reader of records (a byte that tells the length of each) that makes a mistake where it trusts a length.</summary>
    private static FuzzReport RunTrusting(string mistake, FuzzLimits limits, long first, long count)
    {
        byte[] content = new byte[4000];
        content.AsSpan().Fill(8);
        MutableImage image = new(content);
        bool isStopped = false;
        using FuzzTarget target = new("test", 1, _ => [new FuzzSubject("image", image, new Layout(image, blindWeight: 1), _ => Read(image.Read(0, (int)image.Length)))]);
        FuzzRunner runner = new(target, 7, limits, findingsFolder: null);
        for (long execution = first; execution < first + count && runner.Report.FindingCount == 0; execution += 50)
        {
            runner.Run(execution, Math.Min(50, first + count - execution));
        }

        Volatile.Write(ref isStopped, true);
        return runner.Report;

        bool Read(byte[] bytes)
        {
            int position = 0;
            while (position < bytes.Length && !Volatile.Read(ref isStopped))
            {
                int length = bytes[position];
                if (mistake == "index")
                {
                    _ = bytes[position + Math.Max(1, length) - 1];
                }
                else if (mistake == "memory" && length > 32)
                {
                    _ = GC.AllocateUninitializedArray<byte>(length << 16).Length;
                }

                position += mistake == "loop" ? length : Math.Max(1, length);
            }

            return true;
        }
    }

    private static FuzzReport Run(Func<FuzzRandom, bool> walk, FuzzLimits? limits = null, string? findings = null)
    {
        MutableImage image = new(new byte[10_000]);
        using FuzzTarget target = new("test", 1, _ => [new FuzzSubject("image", image, new Layout(image, blindWeight: 1), walk)]);
        FuzzRunner runner = new(target, 7, limits ?? Limits, findings);
        runner.Run(0, 20);
        return runner.Report;
    }
}

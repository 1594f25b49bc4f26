using System.Management.Automation;
using Pester.Engine.Language;
using Pester.Engine.Model;

namespace Pester.Engine.Running;

/// <summary>The run phase: walks through what was discovered. A cmdlet, so that its scripts run in the session's scopes.</summary>
[Cmdlet("Invoke", "DiscoveredTests")]
public sealed class RunTestsCommand : PSCmdlet
{
    private EngineState _state = null!;
    private Scopes _scopes = null!;

    protected override void ProcessRecord()
    {
        _state = EngineState.Of(this);
        _scopes = new Scopes(this);
        using TestDrive drive = new();
        ProviderInfo files = SessionState.Provider.GetOne("FileSystem");
        SessionState.Drive.New(new PSDriveInfo("TestDrive", files, drive.FullName, "The folder of the tests", credential: null), "global");
        try
        {
            _scopes.Inside(() => Run(_state.Root, drive));
        }
        finally
        {
            SessionState.Drive.Remove("TestDrive", force: true, "global");
        }
    }

    /// <summary>Runs a block in the current scope, which is its own.</summary>
    private void Run(TestBlock block, TestDrive drive)
    {
        TestCase[] tests = [.. block.AllTests];
        if (tests.All(test => test.IsSkipped))
        {
            Set(tests, new CaseResult(CaseOutcome.Skipped, "marked -Skip"));
            return;
        }

        IReadOnlySet<string> filesBefore = drive.Snapshot();
        SessionState.PSVariable.Set("TestDrive", drive.FullName);
        _scopes.SetVariables(block.Data);
        if (block.BeforeAll is not null && _scopes.Run(block.BeforeAll) is { } setupError)
        {
            Set(tests, Failure("BeforeAll", block, setupError));
        }
        else
        {
            foreach (TestCase test in block.Tests)
            {
                _scopes.Inside(() => _state.Results[test.FullName] = Run(test));
            }

            foreach (TestBlock inner in block.Blocks)
            {
                _scopes.Inside(() => Run(inner, drive));
            }
        }

        if (block.AfterAll is not null && _scopes.Run(block.AfterAll) is { } error)
        {
            Set([.. tests.Where(Passed)], Failure("AfterAll", block, error));
        }

        drive.RemoveAllBut(filesBefore);
    }

    /// <summary>Runs a test in the current scope, which is its own.</summary>
    private CaseResult Run(TestCase test)
    {
        if (test.IsSkipped)
        {
            return new CaseResult(CaseOutcome.Skipped, "marked -Skip");
        }

        _scopes.SetVariables(test.Data);
        _state.RunningTest = test;
        ErrorRecord? error = test.Block.Lineage
            .Select(block => block.BeforeEach)
            .Append(test.Body)
            .OfType<ScriptBlock>()
            .Select(_scopes.Run)
            .FirstOrDefault(problem => problem is not null);
        ErrorRecord? cleanupError = test.Block.Lineage.Reverse()
            .Select(block => block.AfterEach)
            .OfType<ScriptBlock>()
            .Select(_scopes.Run)
            .ToArray()
            .FirstOrDefault(problem => problem is not null);
        _state.RunningTest = null;
        return (error, cleanupError) switch
        {
            ({ Exception: PesterSkipException skip }, null) => new CaseResult(CaseOutcome.Skipped, skip.Message),
            (null, null) => new CaseResult(CaseOutcome.Passed, string.Empty),
            ({ Exception: PesterSkipException } or null, { } cleanup) => Failure("AfterEach", test.Block, cleanup),
            ({ } failure, _) => new CaseResult(CaseOutcome.Failed, Describe(failure)),
        };
    }

    private bool Passed(TestCase test) => _state.Results[test.FullName].Outcome == CaseOutcome.Passed;

    private void Set(IEnumerable<TestCase> tests, CaseResult result)
    {
        foreach (TestCase test in tests)
        {
            _state.Results[test.FullName] = test.IsSkipped ? new CaseResult(CaseOutcome.Skipped, "marked -Skip") : result;
        }
    }

    private static CaseResult Failure(string phase, TestBlock block, ErrorRecord error)
        => new(CaseOutcome.Failed, $"{phase} of '{block.Name}' failed: {Describe(error)}");

    private static string Describe(ErrorRecord error)
        => $"{error.Exception.Message} [{error.FullyQualifiedErrorId}]{Environment.NewLine}{error.InvocationInfo?.PositionMessage}{Environment.NewLine}{error.ScriptStackTrace}";
}

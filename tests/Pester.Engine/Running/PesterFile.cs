using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Pester.Engine.Language;
using Pester.Engine.Model;

namespace Pester.Engine.Running;

/// <summary>A test file in a runspace of its own.</summary>
internal sealed class PesterFile
{
    private const string RunTests = "Invoke-DiscoveredTests";

    /// <summary>The engine takes only Verb-Noun for a cmdlet; the words of the language are aliases.</summary>
    private static readonly (string Word, Type Cmdlet)[] Language =
    [
        ("Describe", typeof(DescribeCommand)),
        ("Context", typeof(ContextCommand)),
        ("It", typeof(ItCommand)),
        ("BeforeAll", typeof(BeforeAllCommand)),
        ("BeforeEach", typeof(BeforeEachCommand)),
        ("AfterEach", typeof(AfterEachCommand)),
        ("AfterAll", typeof(AfterAllCommand)),
        ("BeforeDiscovery", typeof(BeforeDiscoveryCommand)),
        ("Should", typeof(ShouldCommand)),
    ];

    /// <summary>The full names of the file's tests, in the order they are written.</summary>
    /// <exception cref="PesterSyntaxException">The file cannot be understood.</exception>
    public static IReadOnlyList<string> Discover(string path)
    {
        EngineState state = new(path);
        using Runspace runspace = Open(state);
        return Discover(state, runspace);
    }

    /// <summary>Discovers and runs the file.</summary>
    /// <returns>The results by full name.</returns>
    /// <exception cref="PesterSyntaxException">The file cannot be understood.</exception>
    public static IReadOnlyDictionary<string, CaseResult> Run(string path)
    {
        EngineState state = new(path);
        using Runspace runspace = Open(state);
        Discover(state, runspace);
        using PowerShell shell = PowerShell.Create(runspace);
        shell.AddCommand(RunTests).Invoke();
        foreach (TestCase test in state.Root.AllTests.Where(test => !state.Results.ContainsKey(test.FullName)))
        {
            state.Results[test.FullName] = new CaseResult(CaseOutcome.Failed, $"It did not end: the file called 'exit {state.ExitCode}'.");
        }

        return state.Results;
    }

    private static IReadOnlyList<string> Discover(EngineState state, Runspace runspace)
    {
        state.Discovering = state.Root;
        using PowerShell shell = PowerShell.Create(runspace);
        try
        {
            // In a try block, so that any error in the file ends its discovery. An exit would end it silently, but for its code.
            shell.AddScript("param($file) try { $null = & $file } catch { throw }; if ($null -ne $LASTEXITCODE) { exit $LASTEXITCODE }").AddArgument(state.File).Invoke();
        }
        catch (RuntimeException error)
        {
            throw new PesterSyntaxException(
                $"{Path.GetFileName(state.File)} cannot be discovered: {error.Message}{Environment.NewLine}{error.ErrorRecord?.InvocationInfo?.PositionMessage}");
        }

        if (state.ExitCode is { } code)
        {
            throw new PesterSyntaxException($"{Path.GetFileName(state.File)} calls 'exit {code}' while it is discovered.");
        }

        if (shell.Streams.Error is [{ } first, ..])
        {
            throw new PesterSyntaxException($"{Path.GetFileName(state.File)} writes an error while it is discovered: {first}");
        }

        state.Discovering = null;
        string[] names = [.. state.Root.AllTests.Select(test => test.FullName)];
        if (names.Length == 0)
        {
            throw new PesterSyntaxException($"{Path.GetFileName(state.File)} holds no test.");
        }

        return names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new PesterSyntaxException($"Two tests are called '{twice.Key}'.")
            : names;
    }

    private static Runspace Open(EngineState state)
    {
        InitialSessionState session = InitialSessionState.CreateDefault2();
        foreach ((string word, Type cmdlet) in Language)
        {
            session.Commands.Add(new SessionStateCmdletEntry($"Pester-{word}", cmdlet, helpFileName: null));
            session.Commands.Add(new SessionStateAliasEntry(word, $"Pester-{word}"));
        }

        session.Commands.Add(new SessionStateCmdletEntry("Set-ItResult", typeof(SetItResultCommand), helpFileName: null));
        session.Commands.Add(new SessionStateCmdletEntry(RunTests, typeof(RunTestsCommand), helpFileName: null));

        // Else a word that this engine lacks might be found in a Pester installed here.
        session.Variables.Add(new SessionStateVariableEntry("PSModuleAutoLoadingPreference", "None", description: null));
        if (OperatingSystem.IsWindows())
        {
            session.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        Runspace runspace = RunspaceFactory.CreateRunspace(new EngineHost(state), session);
        runspace.ThreadOptions = PSThreadOptions.UseNewThread;
        runspace.Open();
        return runspace;
    }
}

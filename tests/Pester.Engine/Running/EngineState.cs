using System.Management.Automation;
using System.Management.Automation.Host;
using Pester.Engine.Model;

namespace Pester.Engine.Running;

/// <summary>What the cmdlets of one runspace share: the tree being discovered, and the test being run.</summary>
internal sealed class EngineState(string file)
{
    public TestBlock Root { get; } = new(Path.GetFileName(file), parent: null, data: null);

    /// <summary>The block whose body is being discovered; null outside of the discovery phase.</summary>
    public TestBlock? Discovering { get; set; }

    /// <summary>The test that runs; null between tests.</summary>
    public TestCase? RunningTest { get; set; }

    public Dictionary<string, CaseResult> Results { get; } = new(StringComparer.Ordinal);

    /// <summary>What the file gave to <c>exit</c>, which it must not call; null when it did not.</summary>
    public int? ExitCode { get; set; }

    public string File { get; } = file;

    /// <summary>The state of the runspace that the cmdlet runs in.</summary>
    public static EngineState Of(PSCmdlet cmdlet)
        => ((PSHost)cmdlet.Host).PrivateData.BaseObject as EngineState
            ?? throw new PesterSyntaxException($"{cmdlet.MyInvocation.MyCommand.Name} runs outside of this engine.");
}

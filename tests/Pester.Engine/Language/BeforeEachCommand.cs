using System.Management.Automation;
using Pester.Engine.Model;

namespace Pester.Engine.Language;

[Cmdlet("Pester", "BeforeEach")]
public sealed class BeforeEachCommand : SetupCommand
{
    private protected override bool TryKeep(TestBlock block, ScriptBlock script)
    {
        bool isFirst = block.BeforeEach is null;
        block.BeforeEach = script;
        return isFirst;
    }
}

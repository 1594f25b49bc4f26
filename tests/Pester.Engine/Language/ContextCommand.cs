using System.Management.Automation;

namespace Pester.Engine.Language;

[Cmdlet("Pester", "Context")]
public sealed class ContextCommand : BlockCommand;
